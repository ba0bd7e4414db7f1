#include "models/options.h"

#include <algorithm>
#include <cmath>

#include "models/bad_config.h"

namespace healthtensor {
namespace {

bool allowed(const OptionFacts& facts, double value) {
  if (!(value >= facts.minimum && value <= facts.maximum)) return false;
  if (facts.whole && value != std::trunc(value)) return false;
  return facts.choices.empty() || std::ranges::find(facts.choices, value) != facts.choices.end();
}

std::string expectation(const OptionFacts& facts) {
  std::ostringstream text;
  if (facts.list) text << "1 to " << kLongestList << " of ";
  if (facts.choices.empty()) {
    text << (facts.whole ? "whole numbers " : "") << facts.minimum << ".." << facts.maximum;
  }
  for (const double choice : facts.choices) text << (text.tellp() > 0 ? ", " : "") << choice;
  return text.str();
}

void checkNumbers(const char* architecture, const OptionFacts& facts, const std::vector<double>& numbers) {
  const bool countFits =
      facts.list ? !numbers.empty() && numbers.size() <= kLongestList : numbers.size() == 1;
  if (countFits && std::ranges::all_of(numbers, [&](double value) { return allowed(facts, value); })) return;
  std::ostringstream received;
  for (const double value : numbers) received << (received.tellp() > 0 ? "-" : "") << value;
  badConfig("expected ", facts.name, " in ", expectation(facts), " for ", architecture, " but received ",
            received.str());
}

OptionValue checked(const char* architecture, const OptionFacts& facts, const OptionValue& value) {
  if (facts.list != std::holds_alternative<std::vector<double>>(value)) {
    badConfig("expected ", facts.list ? "a list like \"32-64\"" : "a number", " for ", facts.name, " of ",
              architecture);
  }
  checkNumbers(
      architecture, facts,
      facts.list ? std::get<std::vector<double>>(value) : std::vector<double>{std::get<double>(value)});
  return value;
}

}  // namespace

std::map<std::string, OptionValue> completeOptions(const char* architecture,
                                                   std::span<const OptionFacts> facts,
                                                   const std::map<std::string, OptionValue>& given) {
  std::map<std::string, OptionValue> complete;
  for (const OptionFacts& option : facts) {
    const auto found = given.find(option.name);
    if (found != given.end()) {
      complete[option.name] = checked(architecture, option, found->second);
    } else if (option.list) {
      complete[option.name] = option.standard;
    } else {
      complete[option.name] = option.standard.front();
    }
  }
  for (const auto& [name, value] : given) {
    if (!complete.contains(name)) badConfig(architecture, " has no option \"", name, "\"");
  }
  return complete;
}

}  // namespace healthtensor
