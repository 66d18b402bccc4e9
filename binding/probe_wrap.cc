#include "binding/probe_wrap.h"

#include <optional>
#include <utility>

namespace resilience {

std::unique_ptr<ProbeWrap> ProbeWrap::create(js::Env env, seam::Self self, const ProbeRequest& request,
                                             ItemsCallback on_items) {
  std::optional<ProbeTarget> target = probe_target(env, request);
  if (!target) return nullptr;
  std::optional<SubscriptionOptions> options = subscription_options(env, request);
  if (!options) return nullptr;
  auto channel = ResultChannel::open(env, on_items.function);
  if (!channel) return nullptr;
  std::unique_ptr<ProbeWrap> made(new ProbeWrap(env));
  // After the channel's own hook, so that it runs before it: the thread must be silent when Node takes the channel.
  if (!js::add_cleanup_hook(env, &ProbeWrap::on_environment_end, made.get())) {
    channel->close();
    return nullptr;
  }
  made->channel_ = channel;
  options->on_activity = [channel](std::uint64_t question, const ServerActivity& activity) {
    channel->push(ActivityAnswer{question, activity});
  };
  made->subscription_ =
      probe_registry().subscribe(std::move(*target), std::move(*options), request.seed,
                                 [channel](const ProbeResult& result) { channel->push(LookAnswer{result}); });
  made->self_ = js::Kept(self.value);
  return made;
}

ProbeWrap::~ProbeWrap() {
  close();
}

void ProbeWrap::on_environment_end(void* ending) {
  auto* const self = static_cast<ProbeWrap*>(ending);
  self->end();
  self->self_ = {};
}

bool ProbeWrap::end() {
  if (!channel_) return false;
  subscription_.close();
  channel_->close();
  channel_.reset();
  return true;
}

void ProbeWrap::activity(std::uint64_t question, BackendPids pids, Duration max_age) {
  subscription_.ask_activity(question, std::move(pids.pids), max_age);
}

void ProbeWrap::close() {
  if (!end()) return;
  js::remove_cleanup_hook(env_, &ProbeWrap::on_environment_end, this);
  self_ = {};
}

namespace seam {

js::Maybe<ItemsCallback> Codec<ItemsCallback>::read(Reader& reader, js::Value value) {
  if (value.is_function()) return ItemsCallback{value};
  reader.refuse("a function", value);
  return {};
}

TypeSchema Codec<ItemsCallback>::describe(Described& schema) {
  const TypeSchema item = Codec<ResultChannel::Item>::describe(schema);
  return type_of(TypeKind::kTypeScript, "(items: readonly " + item.of + "[]) => void");
}

js::Maybe<BackendPids> Codec<BackendPids>::read(Reader& reader, js::Value value) {
  constexpr double kGreatestPid = 2147483647;
  const auto length = value.length();
  if (!length) {
    reader.refuse("an array", value);
    return {};
  }
  BackendPids read;
  for (std::uint32_t i = 0; i < *length; ++i) {
    const js::Scope scope(reader.env());
    const auto element = value.get(i);
    if (!element) return {};
    const auto pid = element->as_number();
    if (pid && *pid >= 1 && *pid <= kGreatestPid) read.pids.push_back(static_cast<std::uint32_t>(*pid));
  }
  return read;
}

}  // namespace seam
}  // namespace resilience
