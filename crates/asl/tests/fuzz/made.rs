//! Inputs by the grammar, and the pieces that they are made of.

use crate::random::Random;
use serde_json::{Map, Value, json};

pub const PATHS: &[&str] = &[
    "$",
    "$$",
    "$x",
    "$n",
    ".",
    "..",
    "[",
    "]",
    "[*]",
    ".*",
    "[?(",
    ")]",
    "@",
    "@.id",
    "@.p",
    "&&",
    "||",
    "!",
    "==",
    "!=",
    "<",
    ">=",
    "=~",
    "in",
    "nin",
    "subsetof",
    "contains",
    "size",
    "empty",
    "/r.*/i",
    "/(/",
    "0",
    "-1",
    "1:2",
    ":",
    ",",
    "'a'",
    "\"b\"",
    "'it\\'s'",
    "a",
    "b",
    "c",
    "d",
    "items",
    "tags",
    "arr",
    ".length()",
    ".min()",
    ".sum()",
    ".keys()",
    "(",
    ")",
    " ",
    "null",
    "true",
    "1e308",
    "99999999999",
    "\\",
    "\u{1f600}",
];

pub const CALLS: &[&str] = &[
    "States.",
    "Format",
    "StringToJson",
    "JsonToString",
    "Array",
    "ArrayPartition",
    "ArrayContains",
    "ArrayRange",
    "ArrayGetItem",
    "ArrayLength",
    "ArrayUnique",
    "Base64Encode",
    "Base64Decode",
    "Hash",
    "JsonMerge",
    "MathRandom",
    "MathAdd",
    "StringSplit",
    "UUID",
    "(",
    ")",
    ",",
    " ",
    "'",
    "'{}'",
    "'\\{'",
    "'\\''",
    "'SHA-256'",
    "$",
    "$.a",
    "$.c",
    "$.arr",
    "$.items[*]",
    "$.nope",
    "$$.State.Name",
    "$x.y",
    "1",
    "0",
    "-1",
    "1e9",
    "2147483648",
    "0.5",
    "null",
    "true",
    "false",
    "\u{1f600}",
];

const NAMES: &[&str] = &["a", "b", "c", "d", "e", "items", "tags", "arr", "u", "nope", "id"];
const FUNCTIONS: &[(&str, usize)] = &[
    ("Format", 3),
    ("StringToJson", 1),
    ("JsonToString", 1),
    ("Array", 3),
    ("ArrayPartition", 2),
    ("ArrayContains", 2),
    ("ArrayRange", 3),
    ("ArrayGetItem", 2),
    ("ArrayLength", 1),
    ("ArrayUnique", 1),
    ("Base64Encode", 1),
    ("Base64Decode", 1),
    ("Hash", 2),
    ("JsonMerge", 3),
    ("MathRandom", 2),
    ("MathAdd", 2),
    ("StringSplit", 2),
    ("UUID", 0),
];

pub fn path(random: &mut Random, depth: usize, out: &mut String) {
    out.push_str(random.one_of(&["$", "$", "$$", "$x"]));
    steps(random, depth, out);
}

fn steps(random: &mut Random, depth: usize, out: &mut String) {
    for _ in 0..1 + random.below(4) {
        let name = random.one_of(NAMES);
        match random.below(12) {
            0..=3 => *out += &format!(".{name}"),
            4 => *out += &format!("['{name}']"),
            5 => *out += random.one_of(&["[0]", "[-1]", "[1]", "[99]", "[0,1]", "['a','b']"]),
            6 => *out += random.one_of(&["[1:]", "[:2]", "[-2:]", "[0:1]"]),
            7 => *out += random.one_of(&["[*]", ".*"]),
            8 => *out += &format!("..{name}"),
            9 => {
                *out += random.one_of(&[".length()", ".min()", ".max()", ".sum()", ".keys()", ".concat('x')"])
            }
            _ if depth > 0 => {
                out.push_str("[?(");
                filter(random, depth - 1, out);
                out.push_str(")]");
            }
            _ => {}
        }
    }
}

fn filter(random: &mut Random, depth: usize, out: &mut String) {
    match random.below(6) {
        0 if depth > 0 => {
            filter(random, depth - 1, out);
            out.push_str(random.one_of(&[" && ", " || "]));
            filter(random, depth - 1, out);
        }
        1 if depth > 0 => {
            out.push_str("!(");
            filter(random, depth - 1, out);
            out.push(')');
        }
        _ => {
            out.push('@');
            steps(random, depth.min(1), out);
            if random.below(4) > 0 {
                let operators =
                    ["==", "!=", "<", "<=", ">", ">=", "=~", "in", "nin", "contains", "size", "empty"];
                out.push_str(&format!(" {} ", random.one_of(&operators)));
                out.push_str(
                    random.one_of(&[
                        "1", "'x'", "2.5", "null", "true", "['r', 1]", "/r.*/", "@.id", "$.a", "-3",
                    ]),
                );
            }
        }
    }
}

pub fn call(random: &mut Random, depth: usize, out: &mut String) {
    let (name, arguments) = FUNCTIONS[random.below(FUNCTIONS.len())];
    // Now and then there is one too many.
    let arguments = arguments + usize::from(random.below(12) == 0);
    out.push_str(&format!("States.{name}("));
    for index in 0..arguments {
        out.push_str(if index > 0 { ", " } else { "" });
        match random.below(5) {
            0 | 1 if depth > 0 => call(random, depth - 1, out),
            2 => path(random, 1, out),
            3 => out.push_str(random.one_of(&[
                "'{}'",
                "'a,b'",
                "'{\"k\": 1}'",
                "'SHA-1'",
                "'YQ=='",
                "''",
                "'\\{'",
            ])),
            _ => out.push_str(
                random.one_of(&["1", "0", "3", "-2", "null", "true", "$.c", "$.arr", "$.d", "$.b", "$.json"]),
            ),
        }
    }
    out.push(')');
}

/// A definition of the corpus with members of others, or with values that no one expects.
pub fn definition(random: &mut Random, corpus: &[Value]) -> Value {
    let mut definition = corpus[random.below(corpus.len())].clone();
    for _ in 0..1 + random.below(4) {
        let other = random.below(corpus.len());
        let other = part(random, &corpus[other]).clone();
        let put = if random.below(3) == 0 { odd(random) } else { other };
        change(random, &mut definition, put);
    }
    definition
}

/// Some value within another.
fn part<'v>(random: &mut Random, value: &'v Value) -> &'v Value {
    let inner: Vec<&Value> = match value {
        Value::Object(members) => members.values().collect(),
        Value::Array(items) => items.iter().collect(),
        _ => return value,
    };
    if inner.is_empty() || random.below(5) == 0 {
        return value;
    }
    let chosen = inner[random.below(inner.len())];
    part(random, chosen)
}

fn change(random: &mut Random, value: &mut Value, put: Value) {
    let count = match value {
        Value::Object(members) => members.len(),
        Value::Array(items) => items.len(),
        _ => 0,
    };
    if count == 0 || random.below(6) == 0 {
        *value = put;
        return;
    }
    let at = random.below(count);
    match value {
        Value::Object(members) => {
            let name = members.keys().nth(at).cloned().unwrap_or_default();
            match random.below(6) {
                0 => drop(members.remove(&name)),
                1 => drop(members.insert(random.one_of(FIELDS).to_owned(), put)),
                _ => change(random, &mut members[&name], put),
            }
        }
        Value::Array(items) => match random.below(6) {
            0 => drop(items.remove(at)),
            1 => items.insert(at, put),
            _ => change(random, &mut items[at], put),
        },
        _ => {}
    }
}

const FIELDS: &[&str] = &[
    "Type",
    "Next",
    "End",
    "Comment",
    "StartAt",
    "States",
    "InputPath",
    "OutputPath",
    "ResultPath",
    "Parameters",
    "ResultSelector",
    "Assign",
    "Arguments",
    "Output",
    "QueryLanguage",
    "Retry",
    "Catch",
    "ErrorEquals",
    "Choices",
    "Default",
    "Branches",
    "ItemProcessor",
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "ItemsPath",
    "Items",
    "MaxConcurrency",
    "Seconds",
    "Timestamp",
    "TimeoutSeconds",
    "Cause",
    "ErrorPath",
    "x.$",
];

fn odd(random: &mut Random) -> Value {
    match random.below(12) {
        0 => Value::Null,
        1 => json!(-1),
        2 => json!(1e300),
        3 => json!(18_446_744_073_709_551_615_u64),
        4 => json!(""),
        5 => json!("{% $states.input.a + 1 %}"),
        6 => json!("{% ( %}"),
        7 => json!([]),
        8 => json!({}),
        9 => {
            let mut text = String::new();
            path(random, 2, &mut text);
            text.into()
        }
        10 => {
            let mut text = String::new();
            call(random, 2, &mut text);
            Value::Object(Map::from_iter([("x.$".to_owned(), text.into())]))
        }
        _ => (0..random.below(60)).fold(json!(1), |value, _| json!([value])),
    }
}
