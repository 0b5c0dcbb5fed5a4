#include "base/csv.hpp"

#include "base/text.hpp"

namespace kuramori {
namespace {

class CsvParser {
 public:
  explicit CsvParser(std::string_view text) : text_(text) {}
  bool at_end() const { return at_ >= text_.size(); }
  std::size_t line() const { return line_; }

  Result<std::vector<std::string>> record() {
    std::vector<std::string> fields;
    for (;;) {
      KURAMORI_TRY(field, this->field());
      fields.push_back(std::move(field));
      if (at_end()) return fields;
      const char separator = text_[at_++];
      if (separator == ',') continue;
      if (separator == '\r' && !at_end() && text_[at_] == '\n') ++at_;
      ++line_;
      return fields;
    }
  }

 private:
  Result<std::string> field() {
    if (at_end() || text_[at_] != '"') {
      const auto end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
      std::string value(text::trim(text_.substr(at_, end - at_)));
      at_ = end;
      return value;
    }
    const std::size_t opened = line_;
    std::string value;
    for (++at_; !at_end(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '"') {
        value.push_back(text_[at_]);
        continue;
      }
      if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        value.push_back('"');
        ++at_;
        continue;
      }
      ++at_;
      if (!at_end() && text_[at_] != ',' && text_[at_] != '\r' && text_[at_] != '\n') {
        return invalid_argument("Line " + std::to_string(line_) + ": text after a closing quote.");
      }
      return value;
    }
    return invalid_argument("Line " + std::to_string(opened) + ": a quote is never closed.");
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

}  // namespace

Result<std::vector<CsvRow>> parse_csv(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (!text::is_valid_utf8(text)) return invalid_argument("The file is not UTF-8.");
  CsvParser parser(text);
  if (parser.at_end()) return invalid_argument("The file is empty; its first line must name the columns.");
  KURAMORI_TRY(header, parser.record());
  std::vector<CsvRow> rows;
  while (!parser.at_end()) {
    const std::size_t line = parser.line();
    KURAMORI_TRY(fields, parser.record());
    if (fields.size() == 1 && fields.front().empty()) continue;
    if (fields.size() != header.size()) {
      return invalid_argument("Line " + std::to_string(line) + " has " + std::to_string(fields.size()) +
                              " fields, the header has " + std::to_string(header.size()) + ".");
    }
    CsvRow row{.line = line, .fields = {}};
    for (std::size_t i = 0; i < header.size(); ++i) row.fields[header[i]] = std::move(fields[i]);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace kuramori
