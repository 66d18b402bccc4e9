// The keyword and value arrays of PQconnectStartParams.
//
// Whatever libpq would else look for on this machine is named here: user and database, the password file, the files of
// ~/.postgresql. Keywords that this libpq does not know are left out.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/conninfo.h"
#include "io/memory_file.h"

namespace resilience {

// The plan's texts as files, which are there for as long as this object.
class TlsFiles {
 public:
  explicit TlsFiles(const TlsPlan& plan);
  // A file's name; empty for none.
  [[nodiscard]] const std::string& authorities() const noexcept { return authorities_; }
  [[nodiscard]] const std::string& certificate() const noexcept { return certificate_; }
  [[nodiscard]] const std::string& key() const noexcept { return key_; }

 private:
  [[nodiscard]] std::string file_of(const std::string& text, const std::string& file);

  std::vector<std::unique_ptr<MemoryFile>> made_;
  std::string authorities_;
  std::string certificate_;
  std::string key_;
};

// The application_name where the connection string has none.
enum class PqName : unsigned char {
  kProbe = 0,
  // As the application's own connections have none. PgBouncer sets what differs before it passes a client's question
  // on, and does not read from the client meanwhile: where the server is silent, it never learns that the client has
  // gone.
  kNone = 1,
};

class PqParameters {
 public:
  // `address` is numeric, so that libpq asks no name server; empty for a Unix socket.
  PqParameters(const ConnInfo& info, const TlsFiles& files, const HostSpec& host, const std::string& address,
               PqName own_name = PqName::kProbe);

  // Ended by a null, valid as long as this object.
  [[nodiscard]] std::vector<const char*> keywords() const;
  [[nodiscard]] std::vector<const char*> values() const;
  // The value for a keyword, or an empty view.
  [[nodiscard]] std::string_view value(std::string_view keyword) const;
  // Why a file that is named must not be opened, or empty: a pipe or a device would block the thread.
  [[nodiscard]] std::string unusable_file() const;

 private:
  void set(std::string_view keyword, std::string value);
  void set_default(std::string_view keyword, std::string value);

  std::vector<Parameter> parameters_;
};

}  // namespace resilience
