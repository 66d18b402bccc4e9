// The addon's exports. One instance per environment (worker threads, Jest's registries), no state outside it.
#include <string>
#include <vector>

#include "binding/config_wrap.h"
#include "binding/control_block.h"
#include "binding/greeting_probe.h"
#include "binding/judgements.h"
#include "binding/logger_wrap.h"
#include "binding/marks.h"
#include "binding/memory_wrap.h"
#include "binding/outage_report_wrap.h"
#include "binding/redactor_wrap.h"
#include "binding/seam/module.h"
#include "binding/supervisor_wrap.h"
#include "binding/toolbox.h"
#include "binding/warnings.h"
#include "core/connection_state.h"
#include "io/secret_keys.h"

namespace resilience {
namespace {

// One transition of the connection's state machine.
struct Transition {
  ConnectionState from;
  ConnectionEvent event;
  ConnectionState to;
};

std::vector<Transition> state_table() {
  std::vector<Transition> table;
  for (std::uint8_t from = 0; from < kConnectionStateCount; ++from) {
    for (std::uint8_t event = 0; event < kConnectionEventCount; ++event) {
      const auto state = static_cast<ConnectionState>(from);
      const auto happened = static_cast<ConnectionEvent>(event);
      table.push_back({state, happened, next_state(state, happened)});
    }
  }
  return table;
}

// Where in the control block something stands.
struct SlotPlace {
  std::string name;
  std::uint32_t place = 0;
};

// The last is the block's length.
std::vector<SlotPlace> control_block_slots() {
  std::vector<SlotPlace> slots;
  slots.reserve(kSlotNames.size() + 1);
  for (const SlotName& slot : kSlotNames) {
    slots.push_back({std::string{slot.name}, static_cast<std::uint32_t>(slot.slot)});
  }
  slots.push_back({"length", static_cast<std::uint32_t>(ControlBlock::kLength)});
  return slots;
}

}  // namespace

namespace seam {

template <>
struct Record<Transition> {
  static constexpr auto kFields =
      std::tuple{required<&Transition::from>, required<&Transition::event>, required<&Transition::to>};
};
template <>
struct Record<SlotPlace> {
  static constexpr auto kFields = std::tuple{required<&SlotPlace::name>, required<&SlotPlace::place>};
};

namespace {

struct CoreAddon {
  using Classes = ClassList<ConfigWrap, SupervisorWrap, LoggerWrap, OutageReport, MemoryMonitorWrap, BreakerWrap,
                            BulkheadWrap, RetryScheduleWrap, Redactor, SlowOperationsWrap, HoldWatchWrap>;
  static constexpr auto kFunctions = std::tuple{
      callable<&binding::classify_error, "facts">,
      callable<&operation_kind, "operation">,
      callable<&binding::transaction_kind, "members">,
      callable<&binding::sql_kind, "sql", "provider">,
      callable<&binding::sql_may_commit_inside, "sql", "provider">,
      callable<&binding::sql_may_end_transaction, "sql", "provider">,
      callable<&binding::sql_holds_session, "sql", "provider">,
      callable<&is_refusal, "reply">,
      callable<&ends_transaction, "reply">,
      callable<&sends_in_turn, "provider">,
      callable<&judge_name_refusal, "sqlstate">,
      callable<&binding::decide_in_doubt, "learned", "observed">,
      callable<&judge_health, "sample", "limits">,
      callable<&binding::judge_call, "facts", "kind", "unknownCounts", "databaseUnavailable", "judged">,
      callable<&binding::decide_mark, "writtenAgoMs", "heldForMs", "answer">,
      callable<&binding::mark_sql, "sql", "provider", "request">,
      callable<&binding::may_be_pipelined, "sql", "provider">,
      callable<&sent_reply, "failure">,
      callable<&after_pipelined, "replies">,
      callable<&plan_sweep, "nowMs", "state">,
      callable<&binding::mark_limits>,
      callable<&is_secret_key, "name">,
      callable<&binding::config_keys>,
      callable<&binding::effective_config>,
      callable<&state_table>,
      callable<&control_block_slots>,
  };
#ifdef RESILIENCE_GREETING_PROBE
  static js::Done export_more(js::Value exports) {
    return export_greeting_probe(exports);
  }
#endif
  // What only the probe's addon writes, the core's reads, or the other way round.
  static void describe_more(Described& schema) {
    static_cast<void>(Codec<ProbeResult>::describe(schema));
    static_cast<void>(Codec<ServerActivity>::describe(schema));
  }
};

}  // namespace
}  // namespace seam
}  // namespace resilience

RESILIENCE_MODULE(resilience::seam::CoreAddon)
