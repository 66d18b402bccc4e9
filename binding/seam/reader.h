// One reading of what JavaScript has passed: where it stands, for the words of a refusal, and the texts that records
// only look at.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "binding/js/node_api.h"

namespace resilience::seam {

class Reader {
 public:
  // `callable`: what was called, "NativeSupervisor.onFailed".
  Reader(js::Env env, std::string_view callable) noexcept : env_(env), callable_(callable) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  [[nodiscard]] js::Env env() const noexcept { return env_; }

  // What is being read until this ends: `field` of `record` ("" for an argument).
  class At {
   public:
    At(Reader& reader, std::string_view record, std::string_view field) noexcept
        : reader_(reader), record_(reader.record_), field_(reader.field_) {
      reader.record_ = record;
      reader.field_ = field;
    }
    At(const At&) = delete;
    At& operator=(const At&) = delete;
    ~At() {
      reader_.record_ = record_;
      reader_.field_ = field_;
    }

   private:
    Reader& reader_;
    std::string_view record_;
    std::string_view field_;
  };

  // Lives as long as this.
  [[nodiscard]] std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

  // Throws a TypeError. Of what was found only its type is told, and numbers: a text may hold a password, and so may a
  // name that somebody has made up.
  void refuse(std::string_view expected, js::Value found) const;
  void refuse_unknown(std::string_view record, std::string_view field) const;

 private:
  js::Env env_;
  std::string_view callable_;
  std::string_view record_;
  std::string_view field_;
  std::deque<std::string> texts_;
};

}  // namespace resilience::seam
