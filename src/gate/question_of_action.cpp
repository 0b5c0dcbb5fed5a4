#include "gate/question_of_action.hpp"

namespace kuramori::gate {

governance::Question question_of(const Action& action, Timestamp now,
                                 const governance::Surroundings& around) {
  const Subject& subject = action.subject;
  const Resource& resource = action.resource;
  return {.operation = to_string(action.operation),
          .subject = {.user = subject.user.empty() ? subject.outsider.view() : subject.user.view(),
                      .role = to_string(subject.role),
                      .device = subject.device.view(),
                      .address = subject.address,
                      .user_agent = subject.user_agent,
                      .language = subject.language},
          .resource = {.room = resource.room.view(),
                       .user = resource.user.view(),
                       .event_type = resource.event_type,
                       .name = resource.name},
          .content = action.content,
          .file = action.file,
          .surroundings = &around,
          .time = now};
}

Localised localised(governance::Explanation texts) {
  return {std::move(texts.en), std::move(texts.zh_hans), std::move(texts.zh_hant), std::move(texts.ja)};
}

json::Object findings_of(const governance::Decision& decision) {
  json::Object findings;
  for (const auto& finding : decision.findings) findings[finding.source] = finding.count;
  return findings;
}

}  // namespace kuramori::gate
