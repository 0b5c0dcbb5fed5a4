// Names of diseases and treatments, and words that speak of somebody as a patient. Lists of this product.
#include <vector>

#include "governance/context_words.hpp"

namespace kuramori::governance {

namespace {

// Separated by '|'.
constexpr std::string_view kDiagnosesEn =
    "cancer|carcinoma|tumor|tumour|leukemia|leukaemia|lymphoma|melanoma|sarcoma|myeloma|glioma|metastasis|"
    "metastatic|"
    "breast cancer|lung cancer|liver cancer|colon cancer|colorectal cancer|prostate cancer|pancreatic cancer|"
    "stomach cancer|ovarian cancer|cervical cancer|thyroid cancer|bladder cancer|skin cancer|brain tumor|"
    "diabetes|type 1 diabetes|type 2 diabetes|diabetic|hypertension|high blood "
    "pressure|hypotension|hyperlipidemia|"
    "high cholesterol|coronary artery disease|heart disease|heart failure|heart attack|myocardial "
    "infarction|angina|"
    "arrhythmia|atrial "
    "fibrillation|cardiomyopathy|stroke|aneurysm|thrombosis|embolism|atherosclerosis|varicose veins|"
    "asthma|bronchitis|emphysema|copd|pneumonia|tuberculosis|pulmonary fibrosis|sleep apnea|pleurisy|"
    "hepatitis|hepatitis b|hepatitis c|cirrhosis|fatty liver|gallstones|pancreatitis|appendicitis|gastritis|"
    "gastric ulcer|peptic ulcer|crohn's disease|ulcerative colitis|irritable bowel|acid "
    "reflux|hernia|hemorrhoids|"
    "haemorrhoids|diverticulitis|celiac disease|kidney disease|kidney failure|renal failure|kidney "
    "stones|dialysis|"
    "nephritis|nephrotic syndrome|urinary tract infection|cystitis|prostatitis|incontinence|"
    "hiv|aids|hiv positive|syphilis|gonorrhea|chlamydia|herpes|genital "
    "warts|hpv|std|sti|malaria|dengue|covid-19|"
    "influenza|measles|mumps|rubella|chickenpox|shingles|meningitis|encephalitis|sepsis|mrsa|lyme disease|"
    "depression|major depressive disorder|bipolar disorder|schizophrenia|anxiety disorder|panic "
    "disorder|panic attacks|"
    "ptsd|post-traumatic stress|ocd|obsessive compulsive|adhd|autism|asperger|anorexia|bulimia|eating "
    "disorder|"
    "insomnia|psychosis|dementia|alzheimer's|alzheimer|parkinson's|parkinson's disease|epilepsy|seizures|"
    "multiple sclerosis|motor neurone disease|als|migraine|neuropathy|cerebral palsy|huntington's "
    "disease|burnout|"
    "suicidal|self-harm|alcoholism|alcohol dependence|drug addiction|substance abuse|addiction|borderline "
    "personality|"
    "arthritis|rheumatoid arthritis|osteoarthritis|osteoporosis|gout|fibromyalgia|lupus|scoliosis|slipped "
    "disc|"
    "herniated disc|sciatica|tendonitis|carpal tunnel|fracture|spinal injury|concussion|muscular dystrophy|"
    "hyperthyroidism|hypothyroidism|graves' disease|hashimoto|cushing|addison's "
    "disease|goitre|obesity|anemia|anaemia|"
    "hemophilia|haemophilia|sickle "
    "cell|thalassemia|thalassaemia|psoriasis|eczema|dermatitis|rosacea|vitiligo|"
    "glaucoma|cataract|macular degeneration|retinopathy|retinal detachment|tinnitus|hearing loss|vertigo|"
    "endometriosis|polycystic ovary|pcos|uterine fibroids|miscarriage|ectopic "
    "pregnancy|preeclampsia|infertility|ivf|"
    "abortion|menopause|postnatal depression|erectile dysfunction|down syndrome|cystic fibrosis|"
    "chemotherapy|radiotherapy|immunotherapy|mastectomy|hysterectomy|bypass surgery|organ transplant|kidney "
    "transplant|"
    "bone marrow "
    "transplant|pacemaker|colonoscopy|biopsy|insulin|antidepressants|methadone|antiretroviral|lithium|"
    "terminal illness|palliative care|vegetative state|paralysis|paraplegia|allergic shock|anaphylaxis";

constexpr std::string_view kPatientsEn =
    "patient|patients|diagnosed|diagnosis|prognosis|symptoms|prescribed|prescription|suffers from|suffering "
    "from|"
    "suffered from|medical history|medical record|medical records|medical report|treated for|treatment for|"
    "undergoing|hospitalised|hospitalized|admitted to "
    "hospital|hospital|clinic|doctor|physician|psychiatrist|oncologist|"
    "surgery|tested positive|test result|test results|sick leave|medication|discharge summary|blood "
    "test|mri|ct scan|"
    "his condition|her condition|my condition|medical certificate|pathology|referred to|on medication|"
    "case history|his illness|her illness|medical leave|health condition|was found to have|recovering "
    "from|died of";

constexpr std::string_view kDiagnosesHans =
    "癌症|肿瘤|恶性肿瘤|良性肿瘤|白血病|淋巴瘤|黑色素瘤|骨髓瘤|胶质瘤|肉瘤|癌细胞|癌转移|乳腺癌|肺癌|肝癌|"
    "胃癌|肠癌|直肠癌|"
    "结肠癌|前列腺癌|胰腺癌|卵巢癌|宫颈癌|甲状腺癌|膀胱癌|食道癌|食管癌|鼻咽癌|皮肤癌|脑瘤|肾癌|糖尿病|"
    "高血压|低血压|高血脂|"
    "高血糖|冠心病|心脏病|心力衰竭|心衰|心肌梗死|心梗|心绞痛|心律失常|心房颤动|房颤|心肌病|心肌炎|中风|"
    "脑卒中|脑梗|脑梗死|"
    "脑出血|脑溢血|动脉瘤|血栓|肺栓塞|动脉硬化|静脉曲张|哮喘|支气管炎|肺气肿|慢阻肺|肺炎|肺结核|结核病|"
    "肺纤维化|"
    "睡眠呼吸暂停|胸膜炎|肝炎|乙肝|丙肝|甲肝|乙型肝炎|丙型肝炎|大三阳|小三阳|肝硬化|脂肪肝|胆结石|胆囊炎|"
    "胰腺炎|阑尾炎|胃炎|"
    "胃溃疡|十二指肠溃疡|克罗恩病|溃疡性结肠炎|肠易激|胃食管反流|疝气|痔疮|肠梗阻|肾病|肾衰竭|肾衰|尿毒症|"
    "肾结石|透析|肾炎|"
    "肾病综合征|尿路感染|膀胱炎|前列腺炎|尿失禁|艾滋病|艾滋|梅毒|淋病|衣原体感染|疱疹|尖锐湿疣|性病|疟疾|"
    "登革热|新冠|流感|麻疹|"
    "腮腺炎|风疹|水痘|带状疱疹|脑膜炎|脑炎|败血症|抑郁症|抑郁|双相情感障碍|躁郁症|精神分裂|精神分裂症|焦虑症|"
    "惊恐障碍|创伤后应激|"
    "强迫症|多动症|自闭症|孤独症|厌食症|暴食症|失眠症|精神病|老年痴呆|痴呆症|阿尔茨海默|帕金森|帕金森病|癫痫|"
    "多发性硬化|渐冻症|"
    "偏头痛|神经病变|脑瘫|自杀倾向|自残|酗酒|酒精依赖|吸毒|药物成瘾|毒瘾|关节炎|类风湿|类风湿关节炎|骨质疏松|"
    "痛风|红斑狼疮|"
    "脊柱侧弯|椎间盘突出|坐骨神经痛|腱鞘炎|骨折|脊髓损伤|脑震荡|肌肉萎缩|甲亢|甲减|甲状腺结节|甲状腺功能亢进|"
    "肥胖症|贫血|血友病|"
    "地中海贫血|银屑病|牛皮癣|湿疹|皮炎|白癜风|青光眼|白内障|黄斑变性|视网膜脱落|耳鸣|听力损失|眩晕症|"
    "子宫内膜异位|多囊卵巢|"
    "子宫肌瘤|流产|宫外孕|先兆子痫|不孕症|不育症|试管婴儿|人工流产|堕胎|更年期综合征|产后抑郁|阳痿|"
    "唐氏综合征|先天性心脏病|"
    "化疗|放疗|免疫治疗|靶向药|乳房切除|子宫切除|搭桥手术|心脏支架|器官移植|肾移植|骨髓移植|心脏起搏器|肠镜|"
    "活检|胰岛素|抗抑郁药|"
    "临终关怀|植物人|瘫痪|截瘫|过敏性休克|绝症";

constexpr std::string_view kPatientsHans =
    "患者|病人|病者|确诊|诊断|诊断书|诊断为|查出|检查结果|化验结果|体检报告|体检结果|病历|病史|病例|既往史|"
    "就诊|就医|住院|出院|"
    "主治医生|医生|医院|门诊|复诊|手术|处方|服药|用药|吃药|症状|病情|治疗|接受治疗|病假|患有|患上|得了|"
    "检测阳性|呈阳性|病理|病危|"
    "家族史|医嘱|康复|去世|病逝";

constexpr std::string_view kDiagnosesHant =
    "癌症|腫瘤|惡性腫瘤|良性腫瘤|白血病|血癌|淋巴瘤|淋巴癌|黑色素瘤|骨髓瘤|膠質瘤|肉瘤|癌細胞|癌轉移|"
    "癌症擴散|乳癌|乳腺癌|肺癌|"
    "肝癌|胃癌|腸癌|大腸癌|直腸癌|結腸癌|前列腺癌|攝護腺癌|胰臟癌|卵巢癌|子宮頸癌|甲狀腺癌|膀胱癌|食道癌|"
    "鼻咽癌|皮膚癌|腦瘤|腎癌|"
    "糖尿病|高血壓|低血壓|高血脂|高膽固醇|高血糖|冠心病|心臟病|心臟衰竭|心衰竭|心肌梗塞|心肌梗死|心絞痛|"
    "心律不正|心律不整|心房顫動|"
    "心肌病|心肌炎|中風|腦中風|腦梗塞|腦出血|腦溢血|動脈瘤|血栓|肺栓塞|動脈硬化|靜脈曲張|哮喘|氣喘|支氣管炎|"
    "肺氣腫|慢阻肺|肺炎|"
    "肺結核|結核病|肺癆|肺纖維化|睡眠窒息症|睡眠呼吸中止症|肋膜炎|肝炎|乙肝|丙肝|乙型肝炎|丙型肝炎|B型肝炎|"
    "C型肝炎|肝硬化|脂肪肝|膽結石|"
    "膽石|膽囊炎|胰臟炎|盲腸炎|闌尾炎|胃炎|胃潰瘍|十二指腸潰瘍|克隆氏症|潰瘍性結腸炎|腸易激|胃酸倒流|"
    "胃食道逆流|疝氣|痔瘡|腸阻塞|"
    "腎病|腎衰竭|尿毒症|腎結石|腎石|洗腎|洗血|透析|腎炎|腎病症候群|尿道炎|膀胱炎|前列腺炎|尿失禁|愛滋病|愛滋|"
    "梅毒|淋病|披衣菌|疱疹|"
    "皰疹|尖銳濕疣|菜花|性病|瘧疾|登革熱|新冠肺炎|流感|麻疹|腮腺炎|德國麻疹|水痘|帶狀皰疹|生蛇|腦膜炎|腦炎|"
    "敗血症|抑鬱症|憂鬱症|"
    "躁鬱症|雙相情緒障礙|思覺失調|精神分裂|精神分裂症|焦慮症|驚恐症|恐慌症|創傷後壓力|強迫症|過度活躍症|"
    "過動症|自閉症|厭食症|暴食症|"
    "失眠症|精神病|老人痴呆|腦退化|失智症|認知障礙|阿茲海默|阿爾茨海默|柏金遜|帕金森|癲癇|羊癇|多發性硬化|"
    "運動神經元|漸凍症|偏頭痛|"
    "神經病變|腦癱|大腦麻痺|自殺傾向|自殘|酗酒|酒精依賴|酒癮|吸毒|藥物成癮|毒癮|關節炎|類風濕|類風濕關節炎|"
    "骨質疏鬆|痛風|紅斑狼瘡|"
    "脊柱側彎|椎間盤突出|坐骨神經痛|腱鞘炎|骨折|脊髓損傷|腦震盪|肌肉萎縮|甲亢|甲狀腺亢進|甲狀腺低下|"
    "甲狀腺結節|肥胖症|貧血|血友病|"
    "地中海貧血|銀屑病|牛皮癬|濕疹|皮膚炎|白蝕|白斑症|青光眼|白內障|黃斑病變|視網膜脫落|耳鳴|聽力受損|眩暈症|"
    "子宮內膜異位|多囊卵巢|"
    "子宮肌瘤|流產|小產|宮外孕|子癇|不孕症|不育症|試管嬰兒|人工流產|墮胎|更年期症候群|產後抑鬱|產後憂鬱|陽痿|"
    "唐氏綜合症|唐氏症|"
    "先天性心臟病|化療|電療|放射治療|免疫治療|標靶藥|乳房切除|子宮切除|搭橋手術|通波仔|心臟支架|器官移植|"
    "腎臟移植|骨髓移植|心臟起搏器|"
    "大腸鏡|切片檢查|胰島素|抗抑鬱藥|抗憂鬱藥|寧養服務|安寧療護|植物人|癱瘓|半身不遂|過敏性休克|絕症";

constexpr std::string_view kPatientsHant =
    "患者|病人|病者|確診|診斷|診斷書|診斷為|驗出|檢查結果|化驗結果|體檢報告|驗身報告|健檢報告|病歷|病史|病例|"
    "既往史|就診|求診|就醫|"
    "住院|入院|出院|主診醫生|主治醫師|醫生|醫師|醫院|門診|覆診|複診|回診|手術|開刀|處方|服藥|用藥|食藥|吃藥|"
    "症狀|徵狀|病情|治療|"
    "接受治療|病假|患有|患上|罹患|檢測陽性|呈陽性|病理|病危|家族史|醫囑|康復|離世|病逝";

constexpr std::string_view kDiagnosesJa =
    "がん|癌|悪性腫瘍|良性腫瘍|腫瘍|白血病|リンパ腫|悪性リンパ腫|メラノーマ|骨髄腫|肉腫|転移|乳がん|乳癌|"
    "肺がん|肺癌|肝臓がん|肝癌|"
    "胃がん|胃癌|大腸がん|大腸癌|直腸がん|前立腺がん|前立腺癌|膵臓がん|膵癌|卵巣がん|子宮頸がん|子宮体がん|"
    "甲状腺がん|膀胱がん|食道がん|"
    "咽頭がん|皮膚がん|脳腫瘍|腎がん|糖尿病|1型糖尿病|2型糖尿病|高血圧|高血圧症|低血圧|脂質異常症|高脂血症|"
    "冠動脈疾患|心臓病|心疾患|心不全|"
    "心筋梗塞|狭心症|不整脈|心房細動|心筋症|心筋炎|脳卒中|脳梗塞|脳出血|くも膜下出血|動脈瘤|血栓症|肺塞栓|"
    "動脈硬化|下肢静脈瘤|喘息|ぜんそく|"
    "気管支炎|肺気腫|肺炎|肺結核|結核|間質性肺炎|睡眠時無呼吸|胸膜炎|肝炎|b型肝炎|c型肝炎|肝硬変|脂肪肝|胆石|"
    "胆のう炎|膵炎|虫垂炎|盲腸|胃炎|"
    "胃潰瘍|十二指腸潰瘍|クローン病|潰瘍性大腸炎|過敏性腸症候群|逆流性食道炎|ヘルニア|痔|腸閉塞|腎臓病|"
    "腎不全|尿毒症|腎結石|尿路結石|人工透析|透析|"
    "腎炎|ネフローゼ|尿路感染|膀胱炎|前立腺炎|前立腺肥大|尿失禁|エイズ|hiv感染|hiv陽性|梅毒|淋病|クラミジア|"
    "ヘルペス|性病|性感染症|マラリア|デング熱|"
    "新型コロナ|コロナ感染|インフルエンザ|はしか|麻疹|おたふく|風疹|水ぼうそう|帯状疱疹|髄膜炎|脳炎|敗血症|"
    "うつ病|鬱病|抑うつ|双極性障害|躁うつ病|"
    "統合失調症|不安障害|パニック障害|心的外傷後ストレス|強迫性障害|注意欠陥|発達障害|自閉症|アスペルガー|"
    "拒食症|過食症|摂食障害|不眠症|精神疾患|"
    "適応障害|認知症|アルツハイマー|パーキンソン病|てんかん|多発性硬化症|筋萎縮性側索硬化症|片頭痛|神経障害|"
    "脳性麻痺|希死念慮|自傷行為|"
    "アルコール依存|アルコール依存症|薬物依存|依存症|関節炎|関節リウマチ|リウマチ|変形性関節症|骨粗鬆症|痛風|"
    "線維筋痛症|全身性エリテマトーデス|膠原病|"
    "側弯症|椎間板ヘルニア|坐骨神経痛|腱鞘炎|骨折|脊髄損傷|脳震盪|筋ジストロフィー|甲状腺機能亢進症|"
    "甲状腺機能低下症|バセドウ病|橋本病|肥満症|貧血|"
    "血友病|乾癬|アトピー|アトピー性皮膚炎|湿疹|皮膚炎|白斑|緑内障|白内障|黄斑変性|網膜剥離|耳鳴り|難聴|"
    "突発性難聴|めまい症|メニエール病|子宮内膜症|"
    "多嚢胞性卵巣|子宮筋腫|流産|子宮外妊娠|妊娠高血圧|不妊症|不妊治療|体外受精|人工妊娠中絶|中絶|更年期障害|"
    "産後うつ|勃起不全|ダウン症|"
    "先天性心疾患|抗がん剤|化学療法|放射線治療|免疫療法|乳房切除|子宮摘出|バイパス手術|ステント|臓器移植|"
    "腎移植|骨髄移植|ペースメーカー|大腸内視鏡|"
    "生検|インスリン|抗うつ薬|終末期医療|緩和ケア|植物状態|麻痺|半身不随|アナフィラキシー|難病";

constexpr std::string_view kPatientsJa =
    "患者|病人|確定診断|診断|診断書|診断され|検査結果|健康診断の結果|健診結果|カルテ|病歴|既往歴|既往症|受診|"
    "通院|入院|退院|主治医|担当医|医師|"
    "病院|外来|再診|手術|処方|処方箋|服薬|投薬|服用|症状|病状|容体|治療|治療中|病気休暇|休職|罹患|発症|"
    "患って|陽性|病理|危篤|家族歴|療養|"
    "闘病|余命|亡くな";

void append(std::string_view list, Topic topic, std::vector<ContextWord>& words) {
  while (!list.empty()) {
    const auto end = list.find('|');
    words.push_back({list.substr(0, end), bit(topic)});
    list = end == std::string_view::npos ? std::string_view{} : list.substr(end + 1);
  }
}

}  // namespace

std::span<const ContextWord> health_words() {
  static const std::vector<ContextWord> kWords = [] {
    std::vector<ContextWord> words;
    for (const auto list : {kDiagnosesEn, kDiagnosesHans, kDiagnosesHant, kDiagnosesJa})
      append(list, Topic::Diagnosis, words);
    for (const auto list : {kPatientsEn, kPatientsHans, kPatientsHant, kPatientsJa})
      append(list, Topic::Patient, words);
    return words;
  }();
  return kWords;
}

}  // namespace kuramori::governance
