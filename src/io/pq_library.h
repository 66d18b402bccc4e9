// libpq and OpenSSL as they must be inside somebody else's process.
#pragma once

namespace resilience {

// Once per process, before anything of libpq: OpenSSL reads no configuration file and leaves nothing to do at exit,
// when a thread of ours may still be in the middle of a handshake. Any thread, any number of times.
void prepare_pq_library() noexcept;

}  // namespace resilience
