#include <algorithm>
#include <cctype>
#include <set>
#include <stdexcept>

#include "safetensors.h"

namespace healthtensor {
namespace {

constexpr size_t kMostTensors = 4096;
constexpr size_t kMostDimensions = 8;
constexpr size_t kLongestName = 256;
// 2^53 - 1, the largest whole number that JavaScript's reader (src/hub/safetensors-header.ts) holds exactly.
constexpr uint64_t kLargestNumber = (uint64_t{1} << 53) - 1;

struct DtypeSize {
  std::string_view name;
  uint64_t bytes;
};
constexpr DtypeSize kDtypes[] = {{"BOOL", 1}, {"U8", 1},   {"I8", 1},  {"I16", 2}, {"U16", 2},
                                 {"F16", 2},  {"BF16", 2}, {"I32", 4}, {"U32", 4}, {"F32", 4},
                                 {"F64", 8},  {"I64", 8},  {"U64", 8}};

[[noreturn]] void refuse(const std::string& reason) { throw std::invalid_argument(reason); }

// The little JSON that a safetensors header may contain: objects of strings, arrays of unsigned integers.
// Anything else is an error, so a general parser's corners (numbers with exponents, deep nesting) do not
// exist here.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : text_(text) {}

  std::vector<SafetensorsEntry> parse() {
    if (text_.empty() || text_.front() != '{') refuse("the header does not begin with {");
    std::vector<SafetensorsEntry> entries;
    std::set<std::string> names;
    object([&](const std::string& name) {
      if (!names.insert(name).second) refuse("the name \"" + printable(name) + "\" occurs twice");
      if (name == "__metadata__") return metadata();
      if (entries.size() == kMostTensors) refuse("it has more than 4096 tensors");
      checkName(name);
      entries.push_back(tensor(name));
    });
    skipSpace();
    if (position_ != text_.size()) refuse("something follows the header's JSON");
    return entries;
  }

 private:
  static std::string printable(std::string_view name) {
    std::string out;
    for (const char c : name.substr(0, 80)) out += std::isprint(static_cast<unsigned char>(c)) ? c : '?';
    return out;
  }

  static void checkName(const std::string& name) {
    const auto allowed = [](unsigned char c) {
      return c < 128 && (std::isalnum(c) || c == '_' || c == '.' || c == '/' || c == '-');
    };
    if (name.empty() || name.size() > kLongestName || !std::ranges::all_of(name, allowed)) {
      refuse("\"" + printable(name) + "\" is no acceptable tensor name");
    }
  }

  SafetensorsEntry tensor(const std::string& name) {
    SafetensorsEntry entry{.name = name, .dtype = {}, .shape = {}};
    std::set<std::string> fields;
    object([&](const std::string& field) {
      if (!fields.insert(field).second) refuse(name + " has the field \"" + printable(field) + "\" twice");
      if (field == "dtype") {
        entry.dtype = string();
      } else if (field == "shape") {
        for (const uint64_t size : integers()) entry.shape.push_back(static_cast<int64_t>(size));
      } else if (field == "data_offsets") {
        const std::vector<uint64_t> offsets = integers();
        if (offsets.size() != 2) refuse("the data_offsets of " + name + " are not two numbers");
        entry.begin = offsets[0];
        entry.end = offsets[1];
      } else {
        refuse(name + " has the unknown field \"" + printable(field) + "\"");
      }
    });
    if (fields.size() != 3) refuse(name + " lacks dtype, shape or data_offsets");
    return entry;
  }

  void metadata() {
    std::set<std::string> keys;
    object([&](const std::string& key) {
      if (!keys.insert(key).second) refuse("the metadata have a key twice");
      string();
    });
  }

  template <typename Member>
  void object(Member member) {
    expect('{');
    if (accept('}')) return;
    do {
      const std::string key = string();
      expect(':');
      member(key);
    } while (accept(','));
    expect('}');
  }

  std::vector<uint64_t> integers() {
    std::vector<uint64_t> values;
    expect('[');
    if (accept(']')) return values;
    do {
      if (values.size() == kMostDimensions) refuse("a list has more than 8 numbers");
      values.push_back(integer());
    } while (accept(','));
    expect(']');
    return values;
  }

  uint64_t integer() {
    skipSpace();
    const size_t start = position_;
    uint64_t value = 0;
    while (position_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[position_]))) {
      value = value * 10 + static_cast<uint64_t>(text_[position_++] - '0');
      if (value > kLargestNumber) refuse("a number is larger than 2^53 - 1");
    }
    const size_t digits = position_ - start;
    if (digits == 0 || (digits > 1 && text_[start] == '0')) refuse("expected an unsigned integer");
    return value;
  }

  std::string string() {
    expect('"');
    std::string value;
    while (true) {
      const char c = next();
      if (c == '"') return value;
      if (static_cast<unsigned char>(c) < 0x20) refuse("a control character in a string");
      if (c == '\\') {
        escape(value);
      } else {
        value += c;
      }
    }
  }

  void escape(std::string& value) {
    constexpr std::string_view kLetters = "\"\\/bfnrtu";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const size_t letter = kLetters.find(next());
    if (letter == std::string_view::npos) refuse("a bad escape in a string");
    if (letter < kMeanings.size()) {
      value += kMeanings[letter];
    } else {
      appendUtf8(value, codePoint());
    }
  }

  // What follows \u: a character, or the first half of one beyond U+FFFF, whose second half must follow.
  uint32_t codePoint() {
    const uint32_t first = fourHexDigits();
    if (first < 0xd800 || first > 0xdfff) return first;
    if (first > 0xdbff || next() != '\\' || next() != 'u') refuse("half a surrogate pair in a string");
    const uint32_t second = fourHexDigits();
    if (second < 0xdc00 || second > 0xdfff) refuse("half a surrogate pair in a string");
    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
  }

  uint32_t fourHexDigits() {
    uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = next();
      if (!std::isxdigit(static_cast<unsigned char>(c))) refuse("a bad \\u escape");
      const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
      value = value << 4 | static_cast<uint32_t>(digit);
    }
    return value;
  }

  static void appendUtf8(std::string& text, uint32_t point) {
    const auto tail = [&](int shift) { text += static_cast<char>(0x80 | (point >> shift & 0x3f)); };
    if (point < 0x80) {
      text += static_cast<char>(point);
    } else if (point < 0x800) {
      text += static_cast<char>(0xc0 | point >> 6);
      tail(0);
    } else if (point < 0x10000) {
      text += static_cast<char>(0xe0 | point >> 12);
      tail(6), tail(0);
    } else {
      text += static_cast<char>(0xf0 | point >> 18);
      tail(12), tail(6), tail(0);
    }
  }

  char next() {
    if (position_ == text_.size()) refuse("the header's JSON ends early");
    return text_[position_++];
  }
  void skipSpace() {
    while (position_ < text_.size() &&
           std::string_view(" \t\r\n").find(text_[position_]) != std::string_view::npos) {
      ++position_;
    }
  }
  bool accept(char c) {
    skipSpace();
    if (position_ == text_.size() || text_[position_] != c) return false;
    ++position_;
    return true;
  }
  void expect(char c) {
    if (!accept(c))
      refuse(std::string("expected ") + c + " at byte " + std::to_string(position_) + " of the header");
  }

  std::string_view text_;
  size_t position_ = 0;
};

uint64_t bytesOf(const SafetensorsEntry& entry) {
  const auto dtype = std::ranges::find(kDtypes, entry.dtype, &DtypeSize::name);
  if (dtype == std::end(kDtypes)) refuse(entry.name + " has an unknown dtype");
  uint64_t bytes = dtype->bytes;
  bool empty = false;
  // Zero dimensions are left out of the product, so that they cannot hide an overflow of the others.
  for (const int64_t size : entry.shape) {
    if (size == 0) {
      empty = true;
    } else if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(size), &bytes) || bytes > kLargestNumber) {
      refuse("the size of " + entry.name + " overflows");
    }
  }
  return empty ? 0 : bytes;
}

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool isUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto byte = [&](size_t offset) -> unsigned {
      return i + offset < text.size() ? static_cast<unsigned char>(text[i + offset]) : 0u;
    };
    const unsigned lead = byte(0);
    const size_t length = lead < 0x80         ? 1
                          : (lead >> 5) == 6  ? 2
                          : (lead >> 4) == 14 ? 3
                          : (lead >> 3) == 30 ? 4
                                              : 0;
    if (length == 0) return false;
    uint32_t point = length == 1 ? lead : lead & (0x7fu >> length);
    for (size_t k = 1; k < length; ++k) {
      if ((byte(k) >> 6) != 2) return false;
      point = point << 6 | (byte(k) & 0x3fu);
    }
    constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < kSmallest[length] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return false;
    i += length;
  }
  return true;
}

}  // namespace

std::vector<SafetensorsEntry> parseSafetensorsHeader(std::string_view header, uint64_t dataBytes) {
  if (!isUtf8(header)) refuse("the header is not UTF-8");
  std::vector<SafetensorsEntry> entries = HeaderParser(header).parse();
  // Empty tensors share their offset with the next one, so the end breaks ties.
  std::ranges::stable_sort(entries, {},
                           [](const SafetensorsEntry& entry) { return std::pair(entry.begin, entry.end); });
  uint64_t expected = 0;
  for (const SafetensorsEntry& entry : entries) {
    if (entry.begin != expected || entry.end < entry.begin) {
      refuse("the data of " + entry.name + " overlap others or leave a hole");
    }
    if (entry.end - entry.begin != bytesOf(entry))
      refuse("the data of " + entry.name + " do not fit its shape and dtype");
    expected = entry.end;
  }
  if (expected != dataBytes) refuse("the file has missing or superfluous bytes");
  return entries;
}

}  // namespace healthtensor
