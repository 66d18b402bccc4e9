#include "binding/classify.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "binding/arguments.h"
#include "binding/error_facts_reader.h"
#include "core/error_class.h"
#include "core/operation_kind.h"
#include "core/sql_kind.h"

namespace resilience {
namespace {

Napi::String to_js(Napi::Env env, std::string_view text) {
  return Napi::String::New(env, text.data(), text.size());
}

template <typename Enum>
Napi::Number to_js(Napi::Env env, Enum value) {
  return Napi::Number::New(env, static_cast<double>(value));
}

// Leaves a TypeError pending where the argument is no string.
std::optional<std::string> text_argument(const Napi::CallbackInfo& info, std::size_t index, const char* usage) {
  if (info.Length() > index && info[index].IsString()) return info[index].As<Napi::String>().Utf8Value();
  throw_type_error(info.Env(), usage);
  return std::nullopt;
}

Napi::Value classify_error(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsObject()) {
    throw_type_error(env, "classifyError expects the facts of an error");
    return {};
  }
  const ErrorFactsReader reader(info[0].As<Napi::Object>());
  if (env.IsExceptionPending()) return {};
  const Classification judged = classify(reader.facts());
  Napi::Object result = Napi::Object::New(env);
  result.Set("errorClass", to_js(env, judged.error_class));
  result.Set("outcome", to_js(env, judged.traits.outcome));
  result.Set("sent", judged.traits.sent);
  result.Set("poisonsClient", judged.traits.poisons_client);
  result.Set("retryMayHelp", judged.traits.retry_may_help);
  result.Set("countsAgainstBreaker", judged.traits.counts_against_breaker);
  result.Set("connectionClass", judged.traits.connection_class);
  result.Set("conflict", judged.conflict);
  result.Set("callbackNotCalled", judged.callback_not_called);
  result.Set("wrongServerSuspected", judged.wrong_server_suspected);
  result.Set("source", to_js(env, to_string(judged.source)));
  result.Set("rule", to_js(env, judged.rule));
  return result;
}

Napi::Value error_class_of(const Napi::CallbackInfo& info) {
  const auto name = text_argument(info, 0, "errorClassOf expects a name");
  if (!name) return {};
  const auto error_class = parse_error_class(*name);
  return error_class ? to_js(info.Env(), *error_class) : info.Env().Undefined();
}

Napi::Value operation_kind_of(const Napi::CallbackInfo& info) {
  const auto operation = text_argument(info, 0, "operationKind expects the name of an operation");
  if (!operation) return {};
  return to_js(info.Env(), operation_kind(*operation));
}

// A value that is none of the enumerators counts as a write.
OperationKind kind_of(const Napi::Value& value) {
  if (!value.IsNumber()) return OperationKind::kWrite;
  const std::int32_t number = value.As<Napi::Number>().Int32Value();
  for (const OperationKind kind : {OperationKind::kRead, OperationKind::kIdempotentWrite}) {
    if (number == static_cast<std::int32_t>(kind)) return kind;
  }
  return OperationKind::kWrite;
}

Napi::Value transaction_kind_of(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsArray()) return to_js(env, OperationKind::kWrite);
  const auto array = info[0].As<Napi::Array>();
  std::vector<OperationKind> members;
  for (std::uint32_t i = 0; i < array.Length(); ++i) members.push_back(kind_of(array.Get(i)));
  return to_js(env, transaction_kind(members));
}

std::optional<SqlKind> read_sql(const Napi::CallbackInfo& info, const char* usage) {
  const auto sql = text_argument(info, 0, usage);
  if (!sql) return std::nullopt;
  const bool has_provider = info.Length() > 1 && info[1].IsString();
  const std::string provider = has_provider ? info[1].As<Napi::String>().Utf8Value() : std::string();
  return sql_kind(*sql, sql_dialect_of(provider));
}

Napi::Value sql_kind_of(const Napi::CallbackInfo& info) {
  const auto kind = read_sql(info, "sqlKind expects (sql, provider?)");
  if (!kind) return {};
  return to_js(info.Env(), kind->kind);
}

Napi::Value sql_may_commit_inside(const Napi::CallbackInfo& info) {
  const auto kind = read_sql(info, "sqlMayCommitInside expects (sql, provider?)");
  if (!kind) return {};
  return Napi::Boolean::New(info.Env(), kind->may_commit_inside);
}

Napi::Value sql_may_end_transaction(const Napi::CallbackInfo& info) {
  const auto kind = read_sql(info, "sqlMayEndTransaction expects (sql, provider?)");
  if (!kind) return {};
  return Napi::Boolean::New(info.Env(), kind->may_end_transaction);
}

}  // namespace

void export_classify(Napi::Env env, Napi::Object exports) {
  exports.Set("classifyError", Napi::Function::New<classify_error>(env, "classifyError"));
  exports.Set("errorClassOf", Napi::Function::New<error_class_of>(env, "errorClassOf"));
  exports.Set("operationKind", Napi::Function::New<operation_kind_of>(env, "operationKind"));
  exports.Set("transactionKind", Napi::Function::New<transaction_kind_of>(env, "transactionKind"));
  exports.Set("sqlKind", Napi::Function::New<sql_kind_of>(env, "sqlKind"));
  exports.Set("sqlMayCommitInside", Napi::Function::New<sql_may_commit_inside>(env, "sqlMayCommitInside"));
  exports.Set("sqlMayEndTransaction", Napi::Function::New<sql_may_end_transaction>(env, "sqlMayEndTransaction"));
}

}  // namespace resilience
