// What the probe finds, as it leaves the probe's addon and enters the core's (core/probe_result.h,
// core/server_activity.h).
#pragma once

#include "binding/seam/record.h"
#include "core/probe_result.h"
#include "core/server_activity.h"

namespace resilience::seam {

template <>
struct Record<ProbeResult> {
  static constexpr auto kFields = std::tuple{
      required<&ProbeResult::verdict>,        required<&ProbeResult::role>,    required<&ProbeResult::trigger>,
      required<&ProbeResult::read_only>,      required<&ProbeResult::let_in>,  required<&ProbeResult::ever_up>,
      required<&ProbeResult::epoch>,          required<&ProbeResult::latency>, required<&ProbeResult::loop_stall>,
      required<&ProbeResult::server_version>, required<&ProbeResult::host>,    required<&ProbeResult::port>,
      required<&ProbeResult::code>,           required<&ProbeResult::message>};
};

template <>
struct Record<Backend> {
  static constexpr auto kFields =
      std::tuple{required<&Backend::pid>, required<&Backend::state>, required<&Backend::age>,
                 required<&Backend::in_state>, required<&Backend::state_since_us>};
};

template <>
struct Record<StateCount> {
  static constexpr auto kFields = std::tuple{required<&StateCount::state>, required<&StateCount::count>};
};

template <>
struct Record<ServerActivity> {
  static constexpr auto kFields = std::tuple{required<&ServerActivity::known>,
                                             required<&ServerActivity::connections>,
                                             required<&ServerActivity::waiting_for_lock>,
                                             required<&ServerActivity::max_connections>,
                                             required<&ServerActivity::server_started_us>,
                                             required<&ServerActivity::backends>,
                                             required<&ServerActivity::code>,
                                             required<&ServerActivity::message>};
};

}  // namespace resilience::seam
