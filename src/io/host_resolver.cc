#include "io/host_resolver.h"

#include <algorithm>
#include <cerrno>
#include <deque>

#include "core/probe_verdict.h"
#include "io/errno_name.h"
#include "io/own_thread.h"
#include "io/system_sockets.h"

namespace resilience {

struct HostResolver::Shared {
  Function function;
  std::mutex mutex;
  std::vector<std::shared_ptr<Lookup>> under_way;  // queued ones too
  std::deque<std::shared_ptr<Lookup>> queue;
  unsigned threads = 0;
};

const ResolvedHost* Lookup::result() const {
  const std::scoped_lock lock(mutex_);
  return done_ ? &result_ : nullptr;
}

HostResolver::HostResolver(Function function) : shared_(std::make_shared<Shared>()) {
  shared_->function = function;
}

std::shared_ptr<Lookup> HostResolver::look_up(const std::string& host, const std::shared_ptr<Waker>& waker) {
  const std::scoped_lock lock(shared_->mutex);
  const auto known = std::find_if(shared_->under_way.begin(), shared_->under_way.end(),
                                  [&host](const std::shared_ptr<Lookup>& lookup) { return lookup->host() == host; });
  if (known != shared_->under_way.end()) {
    const std::scoped_lock lookup_lock((*known)->mutex_);
    (*known)->waiting_.push_back(waker);
    return *known;
  }
  auto lookup = std::make_shared<Lookup>(host);
  lookup->waiting_.push_back(waker);
  if (shared_->threads < kMostThreads) {
    if (!start_detached([shared = shared_] { work(shared); })) {
      lookup->result_.code = errno_name(EAGAIN);
      lookup->done_ = true;
      return lookup;
    }
    ++shared_->threads;
  }
  shared_->under_way.push_back(lookup);
  shared_->queue.push_back(lookup);
  return lookup;
}

void HostResolver::work(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  while (!shared->queue.empty()) {
    const std::shared_ptr<Lookup> lookup = std::move(shared->queue.front());
    shared->queue.pop_front();
    lock.unlock();
    ResolvedHost resolved = shared->function(lookup->host_);
    lock.lock();
    std::erase(shared->under_way, lookup);
    const std::scoped_lock lookup_lock(lookup->mutex_);
    lookup->result_ = std::move(resolved);
    lookup->done_ = true;
    for (const std::weak_ptr<Waker>& waiting : lookup->waiting_) {
      if (const std::shared_ptr<Waker> waker = waiting.lock()) waker->wake();
    }
    lookup->waiting_.clear();
  }
  --shared->threads;
}

ResolvedHost HostResolver::system_resolve(const std::string& host) {
  sockets::start();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_family = AF_UNSPEC;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) {
    if (error == EAI_AGAIN) return {{}, std::string(probe_code::kNameServer)};
    const int system_error = sockets::lookup_errno(error);
    return {{}, std::string(system_error != 0 ? errno_name(system_error) : probe_code::kHostNotFound)};
  }
  ResolvedHost result;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    std::string text = sockets::numeric_text(*one);
    const bool is_new = std::find(result.addresses.begin(), result.addresses.end(), text) == result.addresses.end();
    if (!text.empty() && is_new) result.addresses.push_back(std::move(text));
  }
  ::freeaddrinfo(found);
  if (result.addresses.empty()) result.code = probe_code::kHostNotFound;
  return result;
}

}  // namespace resilience
