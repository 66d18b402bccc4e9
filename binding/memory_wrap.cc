#include "binding/memory_wrap.h"

#include <string_view>

#include "binding/arguments.h"
#include "binding/config_reader.h"
#include "binding/control_block.h"

namespace resilience {
namespace {

double bytes(std::uint64_t count) {
  return static_cast<double>(count);
}

std::uint64_t to_bytes(double value) {
  constexpr double kGreatest = 9007199254740992;  // what a double counts exactly
  return value > 0 ? static_cast<std::uint64_t>(value < kGreatest ? value : kGreatest) : 0;
}

constexpr std::string_view name_of(MemoryMeasure measure) {
  switch (measure) {
    case MemoryMeasure::kHeap: return "heap";
    case MemoryMeasure::kContainer: return "container";
  }
  return {};
}

// `rss`: what the host knows, for where the sampler knows nothing.
MemorySample complete(const MemorySampler& sampler, double heap_used, double heap_limit, double rss) {
  const ProcessMemory process = sampler.sample();
  const ContainerMemory container = process.container.value_or(ContainerMemory{});
  return {to_bytes(heap_used), to_bytes(heap_limit), process.rss.value_or(to_bytes(rss)), container.used,
          container.limit};
}

Napi::Object to_js(Napi::Env env, const Growth& growth) {
  const Napi::Object object = Napi::Object::New(env);
  object.Set("bytesPerSecond", growth.bytes_per_second);
  object.Set("risingShare", growth.rising_share);
  object.Set("first", bytes(growth.first));
  object.Set("last", bytes(growth.last));
  return object;
}

}  // namespace

Napi::Function MemoryMonitorWrap::define(Napi::Env env) {
  return DefineClass(env, "NativeMemoryMonitor",
                     {InstanceMethod("onSample", &MemoryMonitorWrap::on_sample),
                      InstanceMethod("onCollected", &MemoryMonitorWrap::on_collected),
                      InstanceMethod("growth", &MemoryMonitorWrap::growth)});
}

MemoryMonitorWrap::MemoryMonitorWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<MemoryMonitorWrap>(info) {
  const std::optional<Config> config = config_argument(info);
  if (!config) return;
  const std::optional<double> now = number_argument(info, 2, "now");
  if (now) monitor_.emplace(config->memory, to_time_point(*now));
}

Napi::Value MemoryMonitorWrap::on_sample(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::optional<double> now = number_argument(info, 0, "now");
  const std::optional<double> heap_used = number_argument(info, 1, "heapUsed");
  const std::optional<double> heap_limit = number_argument(info, 2, "heapLimit");
  const std::optional<double> rss = number_argument(info, 3, "rss");
  if (!now || !heap_used || !heap_limit || !rss || !monitor_) return env.Undefined();

  const MemorySample sample = complete(sampler_, *heap_used, *heap_limit, *rss);
  const MemoryAdvice advice = monitor_->on_sample(to_time_point(*now), sample);

  const Napi::Object object = Napi::Object::New(env);
  object.Set("heapUsed", bytes(sample.heap_used));
  object.Set("heapLimit", bytes(sample.heap_limit));
  object.Set("rss", bytes(sample.rss));
  object.Set("containerUsed", bytes(sample.container_used));
  object.Set("containerLimit", bytes(sample.container_limit));
  if (advice.high) {
    const Napi::Object high = Napi::Object::New(env);
    high.Set("measure", std::string{name_of(advice.high->measure)});
    high.Set("used", bytes(advice.high->used));
    high.Set("limit", bytes(advice.high->limit));
    high.Set("share", advice.high->share);
    object.Set("high", high);
  }
  object.Set("collect", advice.collect);
  if (advice.replace) object.Set("replace", to_js(env, *advice.replace));
  return object;
}

Napi::Value MemoryMonitorWrap::on_collected(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::optional<double> now = number_argument(info, 0, "now");
  const std::optional<double> heap_used = number_argument(info, 1, "heapUsed");
  const std::optional<double> heap_limit = number_argument(info, 2, "heapLimit");
  const std::optional<double> rss = number_argument(info, 3, "rss");
  if (!now || !heap_used || !heap_limit || !rss || !monitor_) return env.Undefined();

  return_free_memory();
  const MemorySample after = complete(sampler_, *heap_used, *heap_limit, *rss);
  const CollectionResult result = monitor_->on_collected(to_time_point(*now), after);

  const Napi::Object object = Napi::Object::New(env);
  object.Set("heapBefore", bytes(result.before.heap_used));
  object.Set("heapAfter", bytes(after.heap_used));
  object.Set("rssBefore", bytes(result.before.rss));
  object.Set("rssAfter", bytes(after.rss));
  object.Set("shareBack", result.share_back);
  object.Set("worthwhile", result.worthwhile);
  return object;
}

Napi::Value MemoryMonitorWrap::growth(const Napi::CallbackInfo& info) {
  const std::optional<Growth> growth = monitor_ ? monitor_->growth() : std::nullopt;
  return growth ? to_js(info.Env(), *growth).As<Napi::Value>() : info.Env().Undefined();
}

}  // namespace resilience
