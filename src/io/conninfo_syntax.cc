#include "io/conninfo_syntax.h"

#include <algorithm>
#include <array>

#include "core/ascii.h"

namespace resilience {
namespace {

constexpr std::array<std::string_view, 2> kSchemes = {"postgres", "postgresql"};

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

std::string decode(std::string_view text, bool plus_is_blank = false) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
      result.push_back(static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2])));
      i += 2;
    } else {
      result.push_back(plus_is_blank && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return result;
}

SplitConnInfo failure(std::string_view what) {
  return {{}, {}, std::string(what)};
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

struct HostPort {
  std::string_view host;
  std::string_view port;
};

// Empty: an opened bracket is not closed, or something stands between it and the port.
std::optional<HostPort> split_host(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && rest.front() != ':') return std::nullopt;
    return HostPort{text.substr(1, close - 1), rest.empty() ? rest : rest.substr(1)};
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return HostPort{text, {}};
  return HostPort{text.substr(0, colon), text.substr(colon + 1)};
}

// Adds "host" and "port" lists. False: malformed.
bool add_hosts(std::string_view text, RawParameters& parameters) {
  std::string hosts;
  std::string ports;
  bool any_port = false;
  for (bool first = true; first || !text.empty(); first = false) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::optional<HostPort> one = split_host(text.substr(0, comma));
    if (!one) return false;
    if (!first) {
      hosts += ',';
      ports += ',';
    }
    hosts += decode(one->host);
    ports += one->port;
    any_port = any_port || !one->port.empty();
    const bool trailing_comma = comma + 1 == text.size();
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (trailing_comma) {
      hosts += ',';
      ports += ',';
    }
  }
  if (!hosts.empty()) parameters.emplace_back("host", std::move(hosts));
  if (any_port) parameters.emplace_back("port", std::move(ports));
  return true;
}

}  // namespace

bool looks_like_url(std::string_view text) noexcept {
  const std::size_t scheme = text.find("://");
  return scheme != std::string_view::npos && scheme < text.find('=');
}

SplitConnInfo split_url(std::string_view written) {
  // As URLs are read in JavaScript and in Prisma's engine: where one was broken into lines, the ends of lines are no
  // part of it.
  std::string whole(trim(written));
  std::erase_if(whole, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
  std::string_view text = whole;
  const std::size_t scheme_end = text.find("://");
  std::string scheme(text.substr(0, std::min(scheme_end, text.size())));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(), lower);
  if (std::find(kSchemes.begin(), kSchemes.end(), scheme) == kSchemes.end()) {
    return failure("the connection string's scheme is not postgres:// or postgresql://");
  }
  text.remove_prefix(scheme_end + 3);

  SplitConnInfo result;
  const std::size_t authority_end = std::min(text.find_first_of("/?"), text.size());
  std::string_view authority = text.substr(0, authority_end);
  std::string_view rest = text.substr(authority_end);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view userinfo = authority.substr(0, at);
    authority.remove_prefix(at + 1);
    const std::size_t colon = std::min(userinfo.find(':'), userinfo.size());
    if (colon > 0) result.parameters.emplace_back("user", decode(userinfo.substr(0, colon)));
    if (colon < userinfo.size()) {
      result.secrets.emplace_back(userinfo.substr(colon + 1));
      result.parameters.emplace_back("password", decode(userinfo.substr(colon + 1)));
    }
  }
  if (!add_hosts(authority, result.parameters)) return failure("the connection string's host is malformed");

  rest = rest.substr(0, rest.find('#'));
  const std::size_t question = std::min(rest.find('?'), rest.size());
  if (question > 1) result.parameters.emplace_back("dbname", decode(rest.substr(1, question - 1)));
  std::string_view query = rest.substr(std::min(question + 1, rest.size()));
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    std::string name = decode(pair.substr(0, equals), true);
    if (name.find("password") != std::string::npos) result.secrets.emplace_back(value);
    result.parameters.emplace_back(std::move(name), decode(value, true));
  }
  return result;
}

SplitConnInfo split_keywords(std::string_view text) {
  SplitConnInfo result;
  std::size_t i = 0;
  const auto skip_spaces = [&] {
    while (i < text.size() && is_space(text[i])) ++i;
  };
  for (skip_spaces(); i < text.size(); skip_spaces()) {
    const std::size_t begin = i;
    while (i < text.size() && text[i] != '=' && !is_space(text[i])) ++i;
    std::string name(text.substr(begin, i - begin));
    skip_spaces();
    if (i >= text.size() || text[i] != '=' || name.empty()) {
      return failure("the connection string is neither a URL nor made of keyword=value pairs");
    }
    ++i;
    skip_spaces();
    std::string value;
    const bool quoted = i < text.size() && text[i] == '\'';
    if (quoted) ++i;
    bool closed = !quoted;
    for (; i < text.size(); ++i) {
      if (quoted ? text[i] == '\'' : is_space(text[i])) {
        closed = true;
        if (quoted) ++i;
        break;
      }
      if (text[i] == '\\' && i + 1 < text.size()) ++i;
      value.push_back(text[i]);
    }
    if (!closed) return failure("a quoted value in the connection string does not end");
    result.parameters.emplace_back(std::move(name), std::move(value));
  }
  return result;
}

}  // namespace resilience
