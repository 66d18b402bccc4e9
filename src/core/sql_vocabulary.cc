#include "core/sql_vocabulary.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/ascii.h"

namespace resilience {
namespace {

// clang-format off
constexpr std::array<std::string_view, 98> kSyntaxWords{
    "all", "and", "any", "array", "as", "asymmetric", "between", "bigint", "binary", "bit", "by", "case", "char",
    "character", "collate", "cross", "cube", "dec", "decimal", "distinct", "double", "else", "end", "except",
    "exists", "fetch", "float", "float4", "float8", "for", "from", "full", "group", "having", "ilike", "in", "inner",
    "int", "int2", "int4", "int8", "integer", "intersect", "interval", "is", "isnull", "join", "lateral", "left",
    "like", "limit", "materialized", "natural", "nchar", "not", "notnull", "null", "numeric", "nvarchar", "of",
    "offset", "on", "or", "order", "outer", "overlaps", "real", "right", "rollup", "row", "select", "signed",
    "similar", "smallint", "some", "symmetric", "table", "text", "then", "time", "timestamp", "timestamptz", "timetz",
    "tinyint", "to", "union", "unsigned", "using", "values", "varbinary", "varbit", "varchar", "variadic", "varying",
    "when", "where", "window", "with",
};

// Reserved in MySQL, so that no function of a user's can have the name; elsewhere they are plain identifiers.
constexpr std::array<std::string_view, 8> kMysqlSyntaxWords{
    "div", "index", "key", "match", "mod", "regexp", "rlike", "xor",
};

constexpr std::array<std::string_view, 452> kHarmlessFunctions{
    "abs", "acos", "adddate", "addtime", "age", "any_value", "area", "array_agg", "array_append", "array_cat",
    "array_dims", "array_length", "array_lower", "array_ndims", "array_position", "array_positions", "array_prepend",
    "array_remove", "array_replace", "array_to_json", "array_to_string", "array_upper", "ascii", "asin", "atan",
    "atan2", "avg", "bit_and", "bit_count", "bit_length", "bit_or", "bit_xor", "bool_and", "bool_or", "box", "btrim",
    "cardinality", "cast", "cbrt", "ceil", "ceiling", "center", "char_length", "character_length", "chr", "circle",
    "clock_timestamp", "coalesce", "concat", "concat_ws", "convert", "convert_from", "convert_to", "convert_tz",
    "corr", "cos", "cot", "count", "covar_pop", "covar_samp", "crc32", "cume_dist", "curdate", "current_catalog",
    "current_database", "current_date", "current_query", "current_role", "current_schema", "current_schemas",
    "current_setting", "current_time", "current_timestamp", "current_user", "curtime", "database", "date", "date_add",
    "date_bin", "date_format", "date_part", "date_sub", "date_trunc", "datediff", "datetime", "day", "dayname",
    "dayofmonth", "dayofweek", "dayofyear", "decode", "degrees", "dense_rank", "div", "elt", "encode", "every", "exp",
    "extract", "field", "find_in_set", "first_value", "floor", "format", "format_type", "from_base64", "from_days",
    "from_unixtime", "gcd", "gen_random_uuid", "generate_series", "generate_subscripts", "get_bit", "get_byte",
    "glob", "greatest", "group_concat", "grouping", "has_any_column_privilege", "has_column_privilege",
    "has_database_privilege", "has_function_privilege", "has_schema_privilege", "has_sequence_privilege",
    "has_table_privilege", "has_type_privilege", "height", "hex", "hour", "hstore", "if", "ifnull", "iif",
    "inet_aton", "inet_client_addr", "inet_ntoa", "inet_server_addr", "initcap", "instr", "isempty", "isfinite",
    "isnull", "json_agg", "json_array", "json_array_elements", "json_array_elements_text", "json_array_length",
    "json_arrayagg", "json_build_array", "json_build_object", "json_contains", "json_contains_path", "json_each",
    "json_each_text", "json_extract", "json_extract_path", "json_extract_path_text", "json_group_array",
    "json_group_object", "json_insert", "json_keys", "json_length", "json_merge_patch", "json_merge_preserve",
    "json_object", "json_object_agg", "json_object_keys", "json_objectagg", "json_overlaps", "json_patch",
    "json_populate_record", "json_quote", "json_remove", "json_replace", "json_scalar", "json_search", "json_set",
    "json_strip_nulls", "json_table", "json_to_record", "json_to_recordset", "json_tree", "json_type", "json_typeof",
    "json_unquote", "json_valid", "json_value", "jsonb", "jsonb_agg", "jsonb_array_elements",
    "jsonb_array_elements_text", "jsonb_array_length", "jsonb_build_array", "jsonb_build_object", "jsonb_each",
    "jsonb_each_text", "jsonb_extract_path", "jsonb_extract_path_text", "jsonb_insert", "jsonb_object",
    "jsonb_object_agg", "jsonb_object_keys", "jsonb_path_exists", "jsonb_path_match", "jsonb_path_query",
    "jsonb_path_query_array", "jsonb_path_query_first", "jsonb_pretty", "jsonb_set", "jsonb_strip_nulls",
    "jsonb_to_record", "jsonb_to_recordset", "jsonb_typeof", "julianday", "lag", "last_day", "last_value", "lcase",
    "lcm", "lead", "least", "length", "line", "ln", "localtime", "localtimestamp", "locate", "log", "log10", "log2",
    "lower", "lower_inc", "lower_inf", "lpad", "lseg", "ltrim", "make_date", "make_interval", "make_time",
    "make_timestamp", "make_timestamptz", "makedate", "maketime", "max", "md5", "microsecond", "mid", "min", "minute",
    "mode", "month", "monthname", "nanvl", "now", "nth_value", "ntile", "nullif", "num_nonnulls", "num_nulls", "oct",
    "octet_length", "ord", "overlay", "path", "percent_rank", "percentile_cont", "percentile_disc", "period_add",
    "period_diff", "pg_backend_pid", "pg_column_size", "pg_conf_load_time", "pg_current_xact_id_if_assigned",
    "pg_database_size", "pg_get_constraintdef", "pg_get_expr", "pg_get_indexdef", "pg_get_serial_sequence",
    "pg_get_viewdef", "pg_has_role", "pg_indexes_size", "pg_is_in_recovery", "pg_last_wal_receive_lsn",
    "pg_last_wal_replay_lsn", "pg_postmaster_start_time", "pg_relation_size", "pg_size_pretty", "pg_sleep",
    "pg_table_is_visible", "pg_table_size", "pg_total_relation_size", "pg_typeof", "phraseto_tsquery", "pi",
    "plainto_tsquery", "point", "polygon", "position", "pow", "power", "printf", "quarter", "quote", "quote_ident",
    "quote_literal", "quote_nullable", "radians", "radius", "rand", "random", "range_agg", "range_merge", "rank",
    "regexp_count", "regexp_instr", "regexp_like", "regexp_match", "regexp_matches", "regexp_replace",
    "regexp_split_to_array", "regexp_split_to_table", "regexp_substr", "regr_slope", "repeat", "replace", "reverse",
    "round", "row_number", "row_security_active", "row_to_json", "rpad", "rtrim", "scale", "schema", "sec_to_time",
    "second", "session_user", "set_bit", "setweight", "sha1", "sha2", "sha224", "sha256", "sha384", "sha512", "sign",
    "similarity", "sin", "sleep", "soundex", "space", "split_part", "sqlite_version", "sqrt", "st_area",
    "st_asgeojson", "st_astext", "st_contains", "st_distance", "st_dwithin", "st_geomfromtext", "st_intersects",
    "st_makepoint", "st_point", "st_setsrid", "st_within", "st_x", "st_y", "starts_with", "statement_timestamp",
    "std", "stddev", "stddev_pop", "stddev_samp", "str_to_date", "strcmp", "strftime", "string_agg",
    "string_to_array", "string_to_table", "strip", "strpos", "subdate", "substr", "substring", "substring_index",
    "subtime", "sum", "sysdate", "tan", "time_format", "time_to_sec", "timediff", "timeofday", "timestampadd",
    "timestampdiff", "timezone", "to_ascii", "to_base64", "to_char", "to_date", "to_days", "to_hex", "to_json",
    "to_jsonb", "to_number", "to_timestamp", "to_tsquery", "to_tsvector", "total", "transaction_timestamp",
    "translate", "trim", "trunc", "truncate", "ts_headline", "ts_rank", "ts_rank_cd", "tsvector_to_array",
    "txid_current_if_assigned", "typeof", "ucase", "unhex", "unicode", "unistr", "unix_timestamp", "unixepoch",
    "unnest", "upper", "upper_inc", "upper_inf", "utc_date", "utc_time", "utc_timestamp", "uuid", "uuid_generate_v4",
    "uuidv4", "uuidv7", "value", "var_pop", "var_samp", "variance", "version", "websearch_to_tsquery", "week",
    "weekday", "weekofyear", "width", "width_bucket", "word_similarity", "year", "yearweek",
};

constexpr std::array<std::string_view, 10> kWritingWords{
    "delete", "dumpfile", "insert", "into", "merge", "nextval", "outfile", "returning", "update", "upsert",
};

constexpr std::array<std::string_view, 18> kReadingPragmas{
    "collation_list", "compile_options", "database_list", "foreign_key_check", "foreign_key_list", "freelist_count",
    "function_list", "index_info", "index_list", "index_xinfo", "integrity_check", "module_list", "page_count",
    "pragma_list", "quick_check", "table_info", "table_list", "table_xinfo",
};

constexpr std::array<std::string_view, 15> kPragmasReadingWithoutArgument{
    "application_id", "auto_vacuum", "busy_timeout", "cache_size", "data_version", "encoding", "foreign_keys",
    "journal_mode", "journal_size_limit", "max_page_count", "page_size", "schema_version", "synchronous",
    "temp_store", "user_version",
};
// clang-format on

static_assert(std::ranges::is_sorted(kSyntaxWords));
static_assert(std::ranges::is_sorted(kMysqlSyntaxWords));
static_assert(std::ranges::is_sorted(kHarmlessFunctions));
static_assert(std::ranges::is_sorted(kWritingWords));
static_assert(std::ranges::is_sorted(kReadingPragmas));
static_assert(std::ranges::is_sorted(kPragmasReadingWithoutArgument));

constexpr std::size_t kLongestWord = 32;

template <std::size_t kCount>
bool has(const std::array<std::string_view, kCount>& sorted, std::string_view word) {
  std::array<char, kLongestWord> folded{};
  if (word.size() > folded.size()) return false;
  std::ranges::transform(word, folded.begin(), lower);
  return std::ranges::binary_search(sorted, std::string_view(folded.data(), word.size()));
}

}  // namespace

bool is_sql_syntax_word(std::string_view word, SqlDialect dialect) {
  return has(kSyntaxWords, word) || (dialect == SqlDialect::kMysql && has(kMysqlSyntaxWords, word));
}

bool is_harmless_sql_function(std::string_view word) {
  return has(kHarmlessFunctions, word);
}

bool is_sql_writing_word(std::string_view word) {
  return has(kWritingWords, word);
}

bool is_reading_pragma(std::string_view word) {
  return has(kReadingPragmas, word);
}

bool is_pragma_reading_without_argument(std::string_view word) {
  return has(kPragmasReadingWithoutArgument, word);
}

}  // namespace resilience
