#include "core/generation_life.h"

#include <algorithm>
#include <utility>

#include "core/replacement.h"

namespace resilience {

GenerationLife::GenerationLife(bool has_client, std::string beneath, Effects& effects)
    : effects_(effects), first_(!has_client), serves_(has_client), beneath_(std::move(beneath)) {}

// ---- making --------------------------------------------------------------------------------------------------------

Epoch GenerationLife::make(TimePoint now, ReplaceReason reason, ReplacePart part, Duration timeout) {
  const Epoch epoch = std::exchange(first_, false) ? Epoch{} : take_number();
  making_ = Making{epoch, part, timeout, saturating_add(now, timeout)};
  effects_.emplace_back(Replace{epoch, reason, part, !mends(reason)});
  return epoch;
}

void GenerationLife::on_delivered(TimePoint now, Epoch epoch) noexcept {
  if (making_ && making_->epoch == epoch) making_->deadline = saturating_add(now, making_->timeout);
}

bool GenerationLife::on_made(TimePoint now, Epoch epoch, bool ok) {
  if (making_ && making_->epoch == epoch) {
    if (!ok) making_.reset();
    return true;
  }
  const Old* const late = find_exactly(epoch);
  if (late == nullptr || late->phase != Phase::kLate) return false;
  forget(epoch);
  if (!ok) return false;
  old_.push_back({epoch, epoch, Phase::kClosing, Ending::kPatient, saturating_add(now, kClosing), {}, false});
  effects_.emplace_back(CloseGeneration{epoch});
  return false;
}

bool GenerationLife::making_overdue(TimePoint now) noexcept {
  if (!making_ || now < making_->deadline) return false;
  abandon_making();
  return true;
}

void GenerationLife::abandon_making() {
  old_.push_back({making_->epoch, making_->epoch, Phase::kLate, Ending::kPatient, kEndOfTime, {}, false});
  effects_.emplace_back(StopMaking{making_->epoch, making_->timeout});
  making_.reset();
}

void GenerationLife::serve(TimePoint now, std::string beneath, Ending ending, Duration drain) {
  const Old before{serving_, serving_client_, Phase::kDraining, Ending::kPatient, kEndOfTime, {}, false};
  const bool served = serves_;
  serving_ = making_->epoch;
  if (making_->part == ReplacePart::kClient) serving_client_ = serving_;
  beneath_ = std::move(beneath);
  serves_ = true;
  making_.reset();
  effects_.emplace_back(ServeGeneration{serving_});
  if (!served) return;
  old_.push_back(before);
  // Whoever began earlier still has had more time already.
  if (ending != Ending::kPatient) hasten(now, ending, drain);
  effects_.emplace_back(DrainGeneration{before.epoch});
}

// ---- ends ----------------------------------------------------------------------------------------------------------

void GenerationLife::hasten(TimePoint now, Ending ending, Duration drain) noexcept {
  for (Old& old : old_) {
    if (old.phase == Phase::kLate || old.phase == Phase::kClosing) continue;
    old.ending = std::max(old.ending, ending);
    // One that was given up already is given up again, more strictly.
    const TimePoint deadline = saturating_add(now, drain);
    old.deadline = old.phase == Phase::kDraining ? std::min(old.deadline, deadline) : deadline;
  }
}

void GenerationLife::on_drained(TimePoint now, Epoch epoch) {
  Old* const old = find_exactly(epoch);
  if (old == nullptr || (old->phase != Phase::kDraining && old->phase != Phase::kGivenUp)) return;
  if (old->taken_back) {
    effects_.emplace_back(AbandonGeneration{epoch});
    forget(epoch);
    end_if_over();
    return;
  }
  old->phase = Phase::kClosing;
  old->deadline = saturating_add(now, kClosing);
  effects_.emplace_back(CloseGeneration{epoch});
}

void GenerationLife::on_closed(Epoch epoch) {
  const Old* const old = find_exactly(epoch);
  if (old == nullptr || old->phase != Phase::kClosing) return;
  forget(epoch);
  end_if_over();
}

void GenerationLife::on_taken_back(Epoch epoch) noexcept {
  const Old* const from = find(epoch);
  if (from == nullptr) return;
  const Epoch client = from->client;
  for (Old& old : old_) {
    if (old.client == client) old.taken_back = true;
  }
}

std::size_t GenerationLife::tick(TimePoint now) {
  std::size_t given_up = 0;
  for (Old& old : old_) {
    if (now < old.deadline) continue;
    if (old.phase == Phase::kClosing) {
      effects_.emplace_back(AbandonGeneration{old.epoch});
      continue;
    }
    old.phase = Phase::kGivenUp;
    old.given_up_at = now;
    old.deadline = kEndOfTime;
    if (old.ending == Ending::kCut) effects_.emplace_back(CutGeneration{old.epoch});
    ++given_up;
  }
  std::erase_if(old_, [now](const Old& old) { return old.phase == Phase::kClosing && now >= old.deadline; });
  end_if_over();
  return given_up;
}

void GenerationLife::stop(TimePoint now, Duration drain) {
  if (stopped_) return;
  stopped_ = true;
  if (making_) abandon_making();
  if (serves_) {
    old_.push_back({serving_, serving_client_, Phase::kDraining, Ending::kPatient, kEndOfTime, {}, false});
    effects_.emplace_back(DrainGeneration{serving_});
    serves_ = false;
  }
  hasten(now, Ending::kCut, drain);
  end_if_over();
}

void GenerationLife::end_if_over() {
  const auto waited_for = [](const Old& old) { return old.phase != Phase::kLate; };
  if (!stopped_ || ended_told_ || std::any_of(old_.begin(), old_.end(), waited_for)) return;
  ended_told_ = true;
  effects_.emplace_back(Ended{});
}

// ---- questions -----------------------------------------------------------------------------------------------------

std::optional<GenerationLife::GivenUp> GenerationLife::given_up(Epoch epoch) const noexcept {
  const Old* const old = find(epoch);
  if (old == nullptr || old->phase != Phase::kGivenUp) return std::nullopt;
  return GivenUp{old->ending == Ending::kCut, old->given_up_at};
}

bool GenerationLife::any_given_up() const noexcept {
  return std::any_of(old_.begin(), old_.end(), [](const Old& old) { return old.phase == Phase::kGivenUp; });
}

TimePoint GenerationLife::next_deadline() const noexcept {
  TimePoint next = making_ ? making_->deadline : kEndOfTime;
  for (const Old& old : old_) next = std::min(next, old.deadline);
  return next;
}

// A try may be older than the adapters that its client has by now: then its client's end is its own.
const GenerationLife::Old* GenerationLife::find(Epoch epoch) const noexcept {
  const auto found =
      std::find_if(old_.begin(), old_.end(), [&](const Old& old) { return old.client <= epoch && epoch <= old.epoch; });
  return found == old_.end() ? nullptr : &*found;
}

GenerationLife::Old* GenerationLife::find_exactly(Epoch epoch) noexcept {
  const auto found = std::find_if(old_.begin(), old_.end(), [&](const Old& old) { return old.epoch == epoch; });
  return found == old_.end() ? nullptr : &*found;
}

void GenerationLife::forget(Epoch epoch) {
  std::erase_if(old_, [epoch](const Old& old) { return old.epoch == epoch; });
}

}  // namespace resilience
