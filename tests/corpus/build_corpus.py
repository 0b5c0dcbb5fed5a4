#!/usr/bin/env python3
"""Builds the labelled corpus that the detectors are measured on: tests/corpus/inspection.tsv.

Usage: build_corpus.py > inspection.tsv
A line: what the text holds (a detector's id, or '-' for nothing), a tab, the text. Numbers are drawn from a seed
and completed with their check digits by code that is independent of the product's; they belong to nobody that we
know of. The same seed gives the same corpus.
"""
import random

R = random.Random(20261128)
PER_DETECTOR = 40
NEGATIVES = 700


def digits(n, first="0123456789"):
    return R.choice(first) + "".join(R.choice("0123456789") for _ in range(n - 1))


def luhn(body):
    total = sum((d * 2 - 9 if d > 4 else d * 2) if i % 2 == 0 else d
                for i, d in enumerate(int(c) for c in reversed(body)))
    return body + str(-total % 10)


def hkid():
    letter, six = R.choice("ABCDEGHKMPRYZ"), digits(6)
    total = 36 * 9 + (ord(letter) - 55) * 8 + sum(int(c) * (7 - i) for i, c in enumerate(six))
    check = "0123456789A"[-total % 11]
    return R.choice(["%s%s(%s)", "%s%s(%s)", "%s%s%s"]) % (letter, six, check)


def date():
    return "%04d%02d%02d" % (R.randint(1950, 2008), R.randint(1, 12), R.randint(1, 28))


def prc():
    body = R.choice(["110105", "310101", "440304", "510107", "330106"]) + date() + digits(3)
    total = sum(int(c) * pow(2, 17 - i, 11) for i, c in enumerate(body))
    return body + "10X98765432"[total % 11]


def card():
    number = luhn(R.choice(["4" + digits(14), "5" + R.choice("12345") + digits(13), "6222" + digits(11)]))
    return R.choice([number, " ".join(number[i:i + 4] for i in range(0, 16, 4)),
                     "-".join(number[i:i + 4] for i in range(0, 16, 4))])


def my_number():
    body = digits(11)
    rest = sum(int(c) * (i + 2 if i < 6 else i - 4) for i, c in enumerate(reversed(body))) % 11
    number = body + str(0 if rest <= 1 else 11 - rest)
    return R.choice([number, number[:4] + " " + number[4:8] + " " + number[8:]])


TAIWAN = dict(zip("ABCDEFGHJKLMNPQRSTUVXYWZIO", range(10, 36)))


def taiwan(second):
    letter, seven = R.choice(list(TAIWAN)), digits(7)
    value = TAIWAN[letter]
    total = value // 10 + value % 10 * 9 + int(second) * 8 + sum(int(c) * (7 - i) for i, c in enumerate(seven))
    return letter + second + seven + str(-total % 10)


def corporate():
    body = digits(12)
    total = sum(int(c) * (1 if i % 2 == 0 else 2) for i, c in enumerate(reversed(body)))
    return str(9 - total % 9) + body


def licence():
    body = R.choice(["30", "45", "62", "40", "90"]) + digits(8)
    total = sum(int(c) * w for c, w in zip(body, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]))
    return body + str((11 - total % 11) % 10) + R.choice("01")


def ssn():
    return "%03d-%02d-%04d" % (R.choice([R.randint(1, 665), R.randint(667, 899)]), R.randint(1, 99), R.randint(1, 9999))


def nino():
    text = R.choice(["AB", "CE", "JG", "SR", "WX"]) + digits(6) + R.choice("ABCD")
    return R.choice([text, " ".join([text[:2], text[2:4], text[4:6], text[6:8], text[8]])])


def iban():
    country, bban = R.choice([("GB", "WEST" + digits(14)), ("DE", digits(18)), ("NL", "ABNA" + digits(10)),
                              ("CH", digits(17)), ("FR", digits(23))])
    number = int("".join(str(int(c, 36)) for c in bban + country + "00"))
    text = country + "%02d" % (98 - number % 97) + bban
    return R.choice([text, " ".join(text[i:i + 4] for i in range(0, len(text), 4))])


def phone():
    return R.choice([
        lambda: "+852 " + digits(4, "569") + " " + digits(4), lambda: "1" + digits(10, "3578"),
        lambda: "+86 1" + digits(2, "3578") + " " + digits(4) + " " + digits(4),
        lambda: "0" + R.choice("789") + "0-" + digits(4) + "-" + digits(4),
        lambda: "09" + digits(2) + "-" + digits(3) + "-" + digits(3),
        lambda: "03-" + digits(4, "3569") + "-" + digits(4),
        lambda: "+44 20 " + digits(4, "7") + " " + digits(4)])()


def letters(n, alphabet="abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"):
    return "".join(R.choice(alphabet) for _ in range(n))


def password():
    return letters(4) + R.choice("!#$%&+") + letters(3, "0123456789") + letters(3)


NAMES = ["alice", "tanaka.k", "wang_lei", "chan.tm", "j-smith", "m.lopez2"]
HOSTS = ["example.org", "mail.example.com", "corp.example.jp", "example.com.hk"]

# For each detector: what it finds, and sentences in four languages around it.
POSITIVES = {
    "hk_identity_card": (hkid, ["My HKID is {}, thanks", "身份證號碼 {},請查收", "香港身份证{}", "香港の身分証は{}です"]),
    "prc_resident_identity": (prc, ["his id number: {}", "身份证号{}请登记", "內地身份證 {}", "中国の身分証番号 {} です"]),
    "payment_card": (card, ["card {} exp 12/29", "信用卡号 {} 有效期", "信用卡 {} 有效", "カード番号は{}です"]),
    "jp_individual_number": (my_number, ["my number {} for the form", "个人编号 {}", "個人編號:{}", "マイナンバーは{}です"]),
    "prc_passport": (lambda: R.choice("EG") + digits(8), ["Passport no. {}", "护照号码:{}", "護照 {} 下月到期", "パスポート番号 {}"]),
    "hk_macao_travel_permit": (lambda: R.choice("HM") + digits(8), ["home return permit {}", "回乡证号 {}", "回鄉證:{}", "通行証 {}"]),
    "taiwan_travel_permit": (lambda: digits(8), ["Taiwan travel permit {}", "台胞证号码 {}", "台胞證:{}", "台湾居民の通行証 {}"]),
    "taiwan_identity_card": (lambda: taiwan(R.choice("12")), ["national id {} (Taiwan)", "台湾身份证 {}", "身分證字號:{}", "台湾の身分証 {}"]),
    "taiwan_resident_certificate": (lambda: taiwan(R.choice("89")), ["resident certificate {}", "居留证号 {}", "統一證號 {}", "台湾の身分証 {}"]),
    "taiwan_passport": (lambda: digits(9, "3"), ["passport: {}", "护照号 {}", "台灣護照 {}", "旅券番号 {}"]),
    "jp_corporate_number": (corporate, ["corporate number {}", "日本法人编号 {}", "法人編號 {}", "法人番号は{}です"]),
    "jp_driving_licence": (licence, ["driving licence {}", "日本驾照 {}", "日本駕照 {}", "運転免許証番号 {}"]),
    "us_social_security": (ssn, ["SSN {}", "社会安全号码 {}", "社會安全號碼 {}", "社会保障番号 {}"]),
    "uk_national_insurance": (nino, ["NI number {}", "国民保险号 {}", "國民保險號碼 {}", "国民保険番号 {}"]),
    "iban": (iban, ["pay to {} today", "收款账号 {}", "帳號 {}", "振込先 {} まで"]),
    "bank_account": (lambda: R.choice([digits(3) + "-" + digits(6) + "-" + digits(3), digits(12)]),
                     ["account number {}", "银行账号:{}", "戶口號碼 {}", "口座番号 {}"]),
    "salary": (lambda: R.choice(["HK$%d,%03d" % (R.randint(15, 90), R.randint(0, 999)), "%d元" % R.randint(8000, 90000)]),
               ["her salary is {} now", "他的月薪是{}", "佢份人工{}", "給与は{}です"]),
    "phone_number": (phone, ["call me on {}", "手机 {}", "電話 {}", "電話番号は{}です"]),
    "email_address": (lambda: R.choice(NAMES) + "@" + R.choice(HOSTS), ["write to {}", "邮箱 {}", "電郵:{}", "メールは {} まで"]),
    "postal_address": (lambda: R.choice(["深圳市南山区科技路%d号3栋501室", "香港灣仔軒尼詩道%d號12樓", "台北市信義區松仁路%d號", "東京都千代田区丸の内%d-2-3",
                                         "Flat 5B, %d Nathan Road, Kowloon"]) % R.randint(1, 300),
                       ["address: {}", "地址:{}", "送到 {}", "住所は{}"]),
    "medical_information": (None, ["The patient was diagnosed with {en}", "患者确诊{hans},正在治疗", "病人患有{hant},需要住院", "主治医から{ja}と診断された"]),
    "aws_key": (lambda: "AKIA" + letters(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), ["key {}", "密钥 {}", "金鑰 {}", "キーは {}"]),
    "access_token": (lambda: R.choice(["ghp_" + letters(36), "xoxb-" + digits(12) + "-" + letters(24), "glpat-" + letters(20)]),
                     ["use {}", "用 {} 登录", "請用 {}", "これを使って {}"]),
    "json_web_token": (lambda: "eyJhbGciOiJIUzI1NiJ9.eyJ" + letters(30) + "." + letters(43),
                       ["Bearer {}", "令牌 {}", "權杖 {}", "トークン {}"]),
    "password": (password, ["password: {}", "密码是{}", "密碼:{}", "パスワードは{}"]),
    "private_key": (lambda: "-----BEGIN " + R.choice(["", "RSA ", "EC "]) + "PRIVATE KEY-----\\n" + letters(60), ["{}", "私钥 {}", "金鑰 {}", "鍵 {}"]),
    "classification_mark_secret": (lambda: R.choice(["TOP SECRET", "绝密", "極秘", "絕密"]), ["[{}] plan", "{}\\n关于预算", "【{}】名單", "{}\\n新製品"]),
    "classification_mark_confidential": (lambda: R.choice(["CONFIDENTIAL", "机密", "機密", "社外秘"]), ["[{}] plan", "密级:{}", "【{}】名單", "{}\\n資料"]),
    "classification_mark_internal": (lambda: R.choice(["Internal use only", "内部资料", "內部資料", "社内限り"]), ["[{}] plan", "{}\\n通知", "【{}】名單", "{}\\n資料"]),
}
DISEASES = {"en": ["diabetes", "asthma", "lung cancer", "depression", "epilepsy"], "hans": ["糖尿病", "肺癌", "抑郁症", "乙肝", "癫痫"],
            "hant": ["糖尿病", "乳癌", "抑鬱症", "愛滋病", "癲癇"], "ja": ["糖尿病", "胃がん", "うつ病", "てんかん", "白血病"]}

# What looks like it and is not.
NEGATIVE = [
    lambda: "order no " + digits(R.randint(8, 14)), lambda: "订单号 " + digits(14, "2"), lambda: "訂單編號 " + digits(12),
    lambda: "注文番号 " + digits(10), lambda: "tracking " + letters(2, "RSLE") + digits(9) + "CN",
    lambda: "%d-%02d-%02d %02d:%02d:%02d" % (R.randint(2020, 2027), R.randint(1, 12), R.randint(1, 28), R.randint(0, 23), R.randint(0, 59), R.randint(0, 59)),
    lambda: "timestamp " + digits(13, "1"), lambda: "build " + ".".join(str(R.randint(0, 99)) for _ in range(4)),
    lambda: "v%d.%d.%d released" % (R.randint(1, 20), R.randint(0, 30), R.randint(0, 30)),
    lambda: "commit " + letters(40, "0123456789abcdef"), lambda: "sha256 " + letters(64, "0123456789abcdef"),
    lambda: "-".join(letters(n, "0123456789abcdef") for n in (8, 4, 4, 4, 12)),
    lambda: "ISBN 978-" + digits(1) + "-" + digits(4) + "-" + digits(4) + "-" + digits(1),
    lambda: "room %d at %d:%02d" % (R.randint(100, 4000), R.randint(8, 19), R.randint(0, 59)),
    lambda: "192.168.%d.%d port %d" % (R.randint(0, 255), R.randint(0, 255), R.randint(1024, 65535)),
    lambda: "revenue grew from %d,%03d,%03d to %d,%03d,%03d" % tuple(R.randint(100, 999) for _ in range(6)),
    lambda: "https://example.org/a/%s?id=%s" % (letters(22), digits(9)),
    lambda: "part A" + digits(4) + "-" + digits(2) + " is out of stock", lambda: "会议号 %s %s %s" % (digits(3), digits(3), digits(3)),
    lambda: "请在%d月%d日前回复" % (R.randint(1, 12), R.randint(1, 28)), lambda: "第%d号文件已经发布" % R.randint(1, 99),
    lambda: "the secretary will keep the minutes of meeting %d" % R.randint(1, 99), lambda: "我们内部讨论一下第%d点" % R.randint(1, 9),
    lambda: "本件は秘密ではありません、%d日に公開" % R.randint(1, 28), lambda: "please reset your password by %d May" % R.randint(1, 28),
    lambda: "cancer research donations reached %d%% of the goal" % R.randint(10, 99), lambda: "医院附近的停车场有%d个车位" % R.randint(10, 99),
    lambda: "salary review meeting at %d:00" % R.randint(9, 18), lambda: "npm install react@%d.%d.0" % (R.randint(16, 19), R.randint(0, 9)),
    lambda: "ping @alice:example.org about ticket %s" % digits(6), lambda: "image logo@%dx.png" % R.randint(2, 3),
    lambda: "バージョン%d.%dを公開" % (R.randint(1, 9), R.randint(0, 9)), lambda: "商品コード " + digits(6),
    lambda: "model X" + digits(3) + " serial " + letters(10, "ABCDEFGHJKLMNP0123456789"),
]


def line(label, text):
    print(label + "\t" + text)


for name, (make, templates) in POSITIVES.items():
    for i in range(PER_DETECTOR):
        template = templates[i % len(templates)]
        if make is None:
            text = template.format(**{key: R.choice(words) for key, words in DISEASES.items()})
        else:
            text = template.format(make())
        line(name, text)
for i in range(NEGATIVES):
    line("-", NEGATIVE[i % len(NEGATIVE)]())
