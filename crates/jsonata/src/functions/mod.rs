//! The built-in functions: one table of names, signatures and what they do.
//!
//! The third column is how many arguments a function takes note of when it is handed to `$map` and the like.

mod aggregate;
mod array;
mod boolean;
mod calendar;
mod date_format;
mod date_parse;
mod date_picture;
mod encode;
mod eval;
mod format_number;
mod higher_order;
mod integer_format;
mod integer_parse;
mod integer_picture;
mod number;
mod object;
mod regex;
mod replace;
mod string;
mod words;

use std::sync::LazyLock;

use crate::error::Result;
use crate::evaluate::{Arguments, Evaluator};
use crate::signature::Signature;
use crate::value::Value;

type Run = for<'a> fn(&mut Evaluator<'a>, &mut Arguments<'a>) -> Result<Value<'a>>;

pub(crate) struct Native {
    pub name: &'static str,
    pub signature: LazyLock<Signature>,
    pub arity: usize,
    pub run: Run,
}

impl std::fmt::Debug for Native {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Native(${})", self.name)
    }
}

fn signature(text: &str) -> Signature {
    Signature::parse(text).unwrap_or_else(|(error, _)| unreachable!("a signature of the table: {error}"))
}

/// The signature of functions that `|…|…|` makes.
pub(crate) fn transform_signature() -> &'static Signature {
    static SIGNATURE: LazyLock<Signature> = LazyLock::new(|| signature("<(oa):o>"));
    &SIGNATURE
}

/// The built-in function of this name.
pub(crate) fn native(name: &str) -> Option<&'static Native> {
    NATIVES.iter().find(|native| native.name == name)
}

macro_rules! natives {
    ($($name:literal $signature:literal $arity:literal $run:path,)*) => {
        const COUNT: usize = [$($name),*].len();
        static NATIVES: [Native; COUNT] = [$(Native {
            name: $name,
            signature: LazyLock::new(|| signature($signature)),
            arity: $arity,
            run: $run,
        }),*];
    };
}

natives! {
    "sum" "<a<n>:n>" 1 aggregate::sum,
    "count" "<a:n>" 1 aggregate::count,
    "max" "<a<n>:n>" 1 aggregate::max,
    "min" "<a<n>:n>" 1 aggregate::min,
    "average" "<a<n>:n>" 1 aggregate::average,

    "string" "<x-b?:s>" 1 string::string,
    "substring" "<s-nn?:s>" 3 string::substring,
    "substringBefore" "<s-s:s>" 2 string::substring_before,
    "substringAfter" "<s-s:s>" 2 string::substring_after,
    "lowercase" "<s-:s>" 1 string::lowercase,
    "uppercase" "<s-:s>" 1 string::uppercase,
    "length" "<s-:n>" 1 string::length,
    "trim" "<s-:s>" 1 string::trim,
    "pad" "<s-ns?:s>" 3 string::pad,
    "join" "<a<s>s?:s>" 2 string::join,

    "match" "<s-f<s:o>n?:a<o>>" 3 regex::find_matches,
    "contains" "<s-(sf):b>" 2 regex::contains,
    "replace" "<s-(sf)(sf)n?:s>" 4 replace::replace,
    "split" "<s-(sf)n?:a<s>>" 3 regex::split,

    "formatNumber" "<n-so?:s>" 3 format_number::format_number,
    "formatBase" "<n-n?:s>" 2 number::format_base,
    "formatInteger" "<n-s:s>" 2 integer_format::format_integer,
    "parseInteger" "<s-s:n>" 2 integer_parse::parse_integer,
    "number" "<(nsb)-:n>" 1 number::number,
    "floor" "<n-:n>" 1 number::floor,
    "ceil" "<n-:n>" 1 number::ceil,
    "round" "<n-n?:n>" 2 number::round,
    "abs" "<n-:n>" 1 number::abs,
    "sqrt" "<n-:n>" 1 number::sqrt,
    "power" "<n-n:n>" 2 number::power,
    "random" "<:n>" 0 number::random,

    "boolean" "<x-:b>" 1 boolean::boolean,
    "not" "<x-:b>" 1 boolean::not,
    "exists" "<x:b>" 1 boolean::exists,
    "type" "<x:s>" 1 boolean::type_of,
    "error" "<s?:x>" 1 boolean::error,
    "assert" "<bs?:x>" 2 boolean::assert,

    "map" "<af>" 2 higher_order::map,
    "filter" "<af>" 2 higher_order::filter,
    "single" "<af?>" 2 higher_order::single,
    "reduce" "<afj?:j>" 3 higher_order::reduce,
    "sift" "<o-f?:o>" 2 higher_order::sift,
    "each" "<o-f:a>" 2 higher_order::each,
    "sort" "<af?:a>" 2 higher_order::sort,

    "zip" "<a+>" 0 array::zip,
    "append" "<xx:a>" 2 array::append,
    "reverse" "<a:a>" 1 array::reverse,
    "shuffle" "<a:a>" 1 array::shuffle,
    "distinct" "<x:x>" 1 array::distinct,

    "keys" "<x-:a<s>>" 1 object::keys,
    "lookup" "<x-s:x>" 2 object::lookup,
    "spread" "<x-:a<o>>" 1 object::spread,
    "merge" "<a<o>:o>" 1 object::merge,
    "clone" "<(oa)-:o>" 1 object::clone,

    "base64encode" "<s-:s>" 1 encode::base64_encode,
    "base64decode" "<s-:s>" 1 encode::base64_decode,
    "encodeUrlComponent" "<s-:s>" 1 encode::encode_url_component,
    "encodeUrl" "<s-:s>" 1 encode::encode_url,
    "decodeUrlComponent" "<s-:s>" 1 encode::decode_url_component,
    "decodeUrl" "<s-:s>" 1 encode::decode_url,

    "eval" "<sx?:x>" 2 eval::eval,
    "toMillis" "<s-s?:n>" 2 date_parse::to_millis,
    "fromMillis" "<n-s?s?:s>" 3 date_format::from_millis,
    "now" "<s?s?:s>" 2 date_format::now,
    "millis" "<:n>" 0 date_format::millis,
}
