// Host names to addresses, without ever holding up whoever asks.
//
// getaddrinfo(3) can block for many seconds and cannot be interrupted, so it runs on threads of its own that are left
// to themselves: nobody joins them, not even at exit, and what they share outlives them. At most one look-up per name
// and kMostThreads altogether are under way; further names queue. A thread ends when nothing is queued. Any thread may
// call look_up().
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "io/waker.h"

namespace resilience {

struct ResolvedHost {
  std::vector<std::string> addresses;  // in the order of preference
  std::string code;                    // where there are none: ENOTFOUND, EAI_AGAIN, or an errno's name
};

// One look-up, shared by all who want the same name.
class Lookup {
 public:
  explicit Lookup(std::string host) : host_(std::move(host)) {}
  [[nodiscard]] const std::string& host() const noexcept { return host_; }
  // Null while it is under way; then valid as long as the look-up.
  [[nodiscard]] const ResolvedHost* result() const;

 private:
  friend class HostResolver;
  const std::string host_;
  mutable std::mutex mutex_;
  bool done_ = false;
  ResolvedHost result_;
  std::vector<std::weak_ptr<Waker>> waiting_;
};

class HostResolver {
 public:
  static constexpr unsigned kMostThreads = 4;
  using Function = ResolvedHost (*)(const std::string& host);

  explicit HostResolver(Function function = &system_resolve);
  // What is under way goes on, unheard.
  ~HostResolver() = default;

  // Wakes `waker`, if it still lives, when there is a result.
  [[nodiscard]] std::shared_ptr<Lookup> look_up(const std::string& host, const std::shared_ptr<Waker>& waker);

  // getaddrinfo(3).
  [[nodiscard]] static ResolvedHost system_resolve(const std::string& host);

 private:
  struct Shared;
  static void work(const std::shared_ptr<Shared>& shared);
  std::shared_ptr<Shared> shared_;
};

}  // namespace resilience
