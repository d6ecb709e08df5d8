//! Expressions nobody wrote: mutated ones, made ones and plain noise. None may panic, all end within their limits, and
//! each gives the same twice. Time is told, not judged: a machine may stand still for reasons of its own.
//!
//! A run is a seed. `STEPWELL_FUZZ_SECONDS` makes it longer than the few seconds of every test run, and
//! `STEPWELL_FUZZ_SEED` begins it elsewhere; a failure names the expression.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stepwell_jsonata::{Expression, Limits, Outcome, Scope};

const LIMITS: Limits = Limits { steps: 20_000, bytes: 1 << 20, depth: 300 };

/// Random numbers by SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn one_of<'t, T: ?Sized>(&mut self, list: &[&'t T]) -> &'t T {
        list[self.below(list.len())]
    }
}

struct World(Value);

impl Scope for World {
    fn variable(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    fn input(&self) -> Option<&Value> {
        Some(&self.0)
    }

    fn seed(&self) -> u64 {
        7
    }
}

fn world() -> World {
    World(json!({
        "a": 1, "b": "two", "c": [1, 2, 3], "d": {"e": {"f": [{"g": 1, "h": "x"}, {"g": 2}]}}, "n": null, "t": true,
        "big": 9_007_199_254_740_993_u64, "half": 0.5, "u": "a\u{1f600}b\u{e9}", "arr": [[1, 2], [3, [4]]], "o": {},
        "items": [{"id": 1, "p": 10.5, "tags": ["r", "b"]}, {"id": 2, "p": 3, "tags": []}],
    }))
}

/// Every function by name, and the words and signs that expressions are made of.
const PIECES: &[&str] = &[
    "$sum",
    "$count",
    "$max",
    "$average",
    "$string",
    "$substring",
    "$substringBefore",
    "$uppercase",
    "$length",
    "$trim",
    "$pad",
    "$join",
    "$match",
    "$contains",
    "$replace",
    "$split",
    "$formatNumber",
    "$formatBase",
    "$formatInteger",
    "$parseInteger",
    "$number",
    "$floor",
    "$round",
    "$sqrt",
    "$power",
    "$random",
    "$boolean",
    "$not",
    "$exists",
    "$type",
    "$error",
    "$assert",
    "$map",
    "$filter",
    "$single",
    "$reduce",
    "$sift",
    "$each",
    "$sort",
    "$zip",
    "$append",
    "$reverse",
    "$shuffle",
    "$distinct",
    "$keys",
    "$lookup",
    "$spread",
    "$merge",
    "$clone",
    "$base64encode",
    "$base64decode",
    "$encodeUrlComponent",
    "$decodeUrl",
    "$eval",
    "$toMillis",
    "$fromMillis",
    "$now",
    "$millis",
    "$",
    "$$",
    "$x",
    "$f",
    "a",
    "b",
    "c",
    "d",
    "e",
    "f",
    "items",
    "tags",
    "*",
    "**",
    "%",
    ".",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    ",",
    ";",
    ":",
    "?",
    "?:",
    "??",
    ":=",
    "~>",
    "^(",
    "@$x",
    "#$i",
    "..",
    "|",
    "function($x){",
    "λ($x,$y)<nn:n>{",
    "+",
    "-",
    "/",
    "&",
    "=",
    "!=",
    "<",
    ">=",
    "and",
    "or",
    "in",
    "\"[Y]-[M01]\"",
    "\"#,##0.00\"",
    "\"w\"",
    "\"Ww;o\"",
    "/a(b)?/i",
    "/[a-z]+/",
    "/(/",
    "1",
    "0",
    "-1",
    "1e308",
    "1e9",
    "0.1",
    "\"\"",
    "\"a\"",
    "'\\u0041'",
    "null",
    "true",
    " ",
    "/*",
    "*/",
    "`",
    "\"",
    "'",
    "\\",
    "\u{1f600}",
];

const LEAVES: &[&str] = &[
    "a",
    "b",
    "c",
    "d.e.f",
    "items",
    "items.tags",
    "$",
    "$$",
    "$x",
    "1",
    "0",
    "-2",
    "2.5",
    "1e20",
    "\"two\"",
    "\"\"",
    "null",
    "true",
    "false",
    "nope",
    "*",
    "**",
    "[]",
    "{}",
    "[1..5]",
    "u",
    "big",
    "arr",
    "/o/",
    "$sum",
    "$string",
];

const FUNCTIONS: &[&str] = &[
    "sum",
    "count",
    "max",
    "min",
    "average",
    "string",
    "substring",
    "substringBefore",
    "substringAfter",
    "lowercase",
    "uppercase",
    "length",
    "trim",
    "pad",
    "join",
    "match",
    "contains",
    "replace",
    "split",
    "formatNumber",
    "formatBase",
    "formatInteger",
    "parseInteger",
    "number",
    "floor",
    "ceil",
    "round",
    "abs",
    "sqrt",
    "power",
    "random",
    "boolean",
    "not",
    "exists",
    "type",
    "map",
    "filter",
    "single",
    "reduce",
    "sift",
    "each",
    "sort",
    "zip",
    "append",
    "reverse",
    "shuffle",
    "distinct",
    "keys",
    "lookup",
    "spread",
    "merge",
    "clone",
    "base64encode",
    "base64decode",
    "encodeUrlComponent",
    "encodeUrl",
    "decodeUrlComponent",
    "decodeUrl",
    "eval",
    "toMillis",
    "fromMillis",
    "now",
];

/// An expression by the grammar.
fn made(random: &mut Random, depth: usize, out: &mut String) {
    if depth == 0 {
        out.push_str(random.one_of(LEAVES));
        return;
    }
    // Each `_` is an operand.
    let form = match random.below(22) {
        0 => "_ + _",
        1 => "_ & _",
        2 => random.one_of(&[
            "_=_", "_!=_", "_<_", "_>=_", "_ in _", "_ and _", "_ or _", "_-_", "_*_", "_/_", "_%_",
        ]),
        3 => "_._",
        4 => "_[_]",
        5 => "(_; _)",
        6 => "[_, _]",
        7 => r#"{"k": _, "l": _}"#,
        8 => "_ ? _ : _",
        9 => random.one_of(&["_ ?: _", "_ ?? _", "_ ~> _"]),
        10 => "($x := _; _)",
        11 => "function($x, $i) { _ }",
        12 => "(_)",
        13 => "_^(_)",
        14 => "_^(>_, _)",
        15 => "_{$string($): _}",
        16 => "_@$x._",
        17 => "_#$x._",
        18 => "_ ~> |_|_|",
        19 => "_.(_).%",
        20 => "_[]",
        _ => {
            let count = random.below(4);
            out.push('$');
            out.push_str(random.one_of(FUNCTIONS));
            out.push('(');
            for index in 0..count {
                out.push_str(if index > 0 { ", " } else { "" });
                if random.below(8) == 0 { out.push('?') } else { made(random, depth - 1, out) }
            }
            out.push(')');
            return;
        }
    };
    for c in form.chars() {
        if c == '_' {
            let shallower = random.below(depth);
            made(random, shallower, out);
        } else {
            out.push(c);
        }
    }
}

/// An expression of the cases, with pieces put in, taken out, doubled or exchanged.
fn mutated(random: &mut Random, corpus: &[String]) -> String {
    let mut text: Vec<char> = corpus[random.below(corpus.len())].chars().collect();
    for _ in 0..1 + random.below(4) {
        let at = random.below(text.len() + 1);
        let until = (at + random.below(6)).min(text.len());
        match random.below(5) {
            0 => drop(text.splice(at..at, random.one_of(PIECES).chars())),
            1 => drop(text.drain(at..until)),
            2 => drop(text.splice(at..until, random.one_of(PIECES).chars())),
            3 => {
                let copy = text[at..until].to_vec();
                text.splice(at..at, copy);
            }
            _ => {
                let other: Vec<char> = corpus[random.below(corpus.len())].chars().collect();
                text.splice(at..until, other);
            }
        }
    }
    text.into_iter().collect()
}

fn noise(random: &mut Random) -> String {
    let bytes: Vec<u8> = (0..random.below(60)).map(|_| random.next() as u8).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn assembled(random: &mut Random) -> String {
    (0..random.below(30)).map(|_| random.one_of(PIECES)).collect()
}

/// The expressions of the cases, in an order that is the same everywhere.
fn corpus() -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let entries = std::fs::read_dir(folder).expect("the cases are there");
    let mut names: Vec<_> = entries.map(|entry| entry.expect("the folder can be listed").path()).collect();
    names.sort();
    let mut corpus = Vec::new();
    for name in names {
        let text = std::fs::read_to_string(name).expect("a file of cases can be read");
        let file: Value = serde_json::from_str(&text).expect("a file of cases is JSON");
        let cases = file["cases"].as_array().into_iter().flatten();
        corpus.extend(cases.filter_map(|case| case["expr"].as_str()).map(str::to_owned));
    }
    corpus
}

#[allow(clippy::disallowed_methods, reason = "a test may be told to run longer")]
fn option(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[allow(
    clippy::disallowed_methods,
    reason = "the test says how long an expression took; the crate asks no clock"
)]
fn now() -> Instant {
    Instant::now()
}

#[test]
fn no_expression_panics_or_outlives_its_limits() {
    let seconds = option("STEPWELL_FUZZ_SECONDS").unwrap_or(3);
    let mut random = Random(option("STEPWELL_FUZZ_SEED").unwrap_or(1));
    let (corpus, world) = (corpus(), world());
    let (start, mut count, mut parsed, mut results, mut slowest) =
        (now(), 0_u64, 0_u64, 0_u64, (Duration::ZERO, String::new()));
    while start.elapsed() < Duration::from_secs(seconds) {
        let text = match random.below(10) {
            0 => noise(&mut random),
            1 | 2 => assembled(&mut random),
            3..=5 => mutated(&mut random, &corpus),
            _ => {
                let mut text = String::new();
                let depth = 1 + random.below(5);
                made(&mut random, depth, &mut text);
                text
            }
        };
        count += 1;
        let before = now();
        let caught = std::panic::catch_unwind(|| {
            let expression = Expression::parse(&text).ok()?;
            expression.references();
            let first = expression.evaluate(&world, LIMITS);
            // NaN isn't equal to itself, but nothing of that kind comes out.
            assert_eq!(first, expression.evaluate(&world, LIMITS));
            Some(matches!(first, Ok(Outcome::Value(_))))
        });
        let elapsed = before.elapsed();
        let outcome = caught.unwrap_or_else(|_| panic!("failed: {text:?}"));
        if elapsed > slowest.0 {
            slowest = (elapsed, text);
        }
        parsed += u64::from(outcome.is_some());
        results += u64::from(outcome == Some(true));
    }
    println!("{count} inputs, {parsed} parsed, {results} with a result; the slowest took {slowest:?}");
}
