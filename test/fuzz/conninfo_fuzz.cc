#include "../../src/io/conninfo.h"

#include <string>

#include "fuzz.h"

using resilience::ConnInfo;
using resilience::ConnInfoError;
using resilience::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = resilience::fuzz::text_of(data, size);
  const resilience::ConnInfoResult result = resilience::parse_conninfo(text);
  if (const auto* error = std::get_if<ConnInfoError>(&result)) {
    require(!error->message.empty(), "an error says what is wrong");
    return 0;
  }
  const auto& info = std::get<ConnInfo>(result);
  require(text.size() <= resilience::kLongestConnInfo, "what is too long is refused");
  require(!info.hosts.empty() && info.hosts.size() <= resilience::kMostHosts, "one host at least, not too many");
  for (const resilience::HostSpec& host : info.hosts) require(!host.host.empty(), "each host has a name");
  for (std::size_t at = 1; at < info.parameters.size(); ++at) {
    require(info.parameters[at - 1].first < info.parameters[at].first, "parameters are sorted, each once");
  }
  const resilience::ConnInfoResult again = resilience::conninfo_from(info.parameters);
  if (const auto* second = std::get_if<ConnInfo>(&again)) {
    require(second->parameters == info.parameters, "parameters that were read are read again as they are");
  }
  require(info.key() == std::get<ConnInfo>(resilience::parse_conninfo(text)).key(), "the same text has the same key");
  return 0;
}
