//! Expressions that would take for ever, fill the memory or overflow the stack: each ends within its limits, and what
//! is merely long works.

use serde_json::{Value, json};
use stepwell_jsonata::{Error, Exceeded, Expression, Failure, Limits, Outcome, Scope};

struct Input(Value);

impl Scope for Input {
    fn variable(&self, _name: &str) -> Option<&Value> {
        None
    }

    fn input(&self) -> Option<&Value> {
        Some(&self.0)
    }
}

/// What a database's writer would allow.
const LIMITS: Limits = Limits { steps: 1_000_000, bytes: 16 << 20, depth: 2_000 };

fn evaluate(text: &str, input: Value) -> Result<Outcome, Failure> {
    let expression = Expression::parse(text).map_err(Failure::Error)?;
    let first = expression.evaluate(&Input(input.clone()), LIMITS);
    assert_eq!(first, expression.evaluate(&Input(input), LIMITS), "the second time it is different");
    first
}

#[track_caller]
fn assert_too_much(text: &str, what: Exceeded) {
    assert_eq!(evaluate(text, json!({"a": 1})), Err(Failure::TooMuch(what)), "{text:.80}");
}

/// Ends at one limit or another.
#[track_caller]
fn assert_ends(text: &str) {
    let outcome = evaluate(text, json!({"a": 1}));
    assert!(matches!(outcome, Err(Failure::TooMuch(_))), "{text:.80} gave {outcome:.200?}");
}

#[track_caller]
fn assert_gives(text: &str, expected: Value) {
    assert_eq!(evaluate(text, json!({"a": 1})), Ok(Outcome::Value(expected)), "{text:.80}");
}

#[track_caller]
fn parse_error(text: &str) -> Box<Error> {
    Expression::parse(text).err().unwrap_or_else(|| panic!("{text:.80} was parsed"))
}

#[test]
fn large_strings_are_refused_before_they_are_made() {
    assert_too_much(r#"$pad("a", 1e9)"#, Exceeded::Bytes);
    assert_too_much(r#"$pad("a", -1e18)"#, Exceeded::Bytes);
    assert_too_much(r#"($f := function($s) { $f($s & $s) }; $f("ab"))"#, Exceeded::Bytes);
    assert_too_much(r#"($s := $pad("a", 100000, "a"); $replace($s, "a", $s))"#, Exceeded::Bytes);
    assert_too_much(r#"($s := $pad("a", 10000, "a"); $replace($s, /a/, $s))"#, Exceeded::Bytes);
    assert_too_much(
        r#"($s := $pad("a", 10000, "a"); $replace($s, /(a+)/, $join([1..5000].("$1"))))"#,
        Exceeded::Bytes,
    );
    assert_too_much(r#"$formatInteger(1e15, "I")"#, Exceeded::Bytes);
    assert_too_much(r#"$fromMillis(0, "[Y,1000000000]")"#, Exceeded::Bytes);
    assert_too_much(r#"$join([1..1000].$pad("a", 100000))"#, Exceeded::Bytes);
}

#[test]
fn large_arrays_are_refused_before_they_are_made() {
    assert_eq!(parse_and_code("[1..1e9]"), "D2014");
    assert_gives("$count([1..1e7])", json!(10_000_000));
    assert_too_much("[1..1e7].$string()", Exceeded::Bytes);
    assert_too_much("[[1..1e7], 1]", Exceeded::Bytes);
    assert_too_much("[1..1e7]", Exceeded::Bytes);
    assert_too_much("$map([1..1e6], function($x) { [1..1000].($) })", Exceeded::Bytes);
    assert_too_much("($f := function($a) { $f($append($a, $a)) }; $f([1, 2]))", Exceeded::Bytes);
    assert_too_much("($x := [1..1000]; $x.($x.($x.($))))", Exceeded::Bytes);
    assert_too_much("($o := {\"a\": [1..1000]}; [1..100000].($o))", Exceeded::Bytes);
}

fn parse_and_code(text: &str) -> &'static str {
    match evaluate(text, Value::Null) {
        Err(Failure::Error(error)) => error.code,
        other => panic!("{text} gave {other:?}"),
    }
}

/// Small to hold, because the parts are shared, but large to write down.
#[test]
fn results_are_paid_for_as_they_are_written() {
    let doubling = "($f := function($n, $x) { $n = 0 ? $x : $f($n - 1, {\"l\": $x, \"r\": $x}) }; $f(40, 1))";
    assert_ends(doubling);
    assert_ends(&format!("$string({doubling})"));
    let compared = format!("({doubling}) = ({doubling})");
    assert_ends(&compared);
}

#[test]
fn recursion_without_end_stops() {
    assert_too_much("($f := function() { $f() }; $f())", Exceeded::Steps);
    assert_too_much("($f := function($n) { $f($n + 1) }; $f(0))", Exceeded::Steps);
    assert_too_much("($f := function($n) { 1 + $f($n + 1) }; $f(0))", Exceeded::Depth);
    assert_too_much("($f := function($n) { $map([1], function($x) { $f($x) }) }; $f(0))", Exceeded::Depth);
    assert_ends("($g := function($n) { $f($n) }; $f := function($n) { $g($n) }; $f(0))");
    assert_ends("($y := function($f) { $f($f) }; $y($y))");
    assert_too_much("($f := function($x) { $g($x) }; $g := $f ~> $f; $g(1))", Exceeded::Depth);
    assert_too_much("($s := \"$eval($s)\"; $eval($s))", Exceeded::Depth);
}

#[test]
fn recursion_within_the_limits_works() {
    assert_gives("($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(500))", json!(500));
    assert_gives(
        "($f := function($n, $a) { $n = 0 ? $a : $f($n - 1, $a + $n) }; $f(20000, 0))",
        json!(200_010_000),
    );
}

#[test]
fn deep_values_are_refused_and_dropped_without_harm() {
    assert_too_much(
        "($f := function($n, $x) { $n = 0 ? $x : $f($n - 1, [[$x]]) }; $f(10000, 1))",
        Exceeded::Depth,
    );
    assert_too_much(
        "($f := function($n, $x) { $n = 0 ? $x : $f($n - 1, {\"a\": $x}) }; $f(10000, 1))",
        Exceeded::Depth,
    );
    assert_too_much(
        "($f := function($n, $g) { $n = 0 ? $g : $f($n - 1, $append(?, $g)) }; $f(10000, 1))",
        Exceeded::Depth,
    );
    assert_too_much(
        "($f := function($n, $g) { $n = 0 ? 1 : $f($n - 1, $g ~> $string) }; $f(10000, $sum))",
        Exceeded::Depth,
    );
    // Functions that remember one another nest by number, not by reference.
    assert_gives(
        "($f := function($n, $g) { $n = 0 ? 7 : $f($n - 1, function() { $g }) }; $f(5000, 1))",
        json!(7),
    );
    // The caller's own data may be deeper than what an expression makes.
    let deep = Input((0..5_000).fold(json!(1), |inner, _| Value::Array(vec![inner])));
    let expression = Expression::parse("$length($string($))").unwrap();
    assert_eq!(expression.evaluate(&deep, LIMITS), Ok(Outcome::Value(json!(10_001))));
    let same = Expression::parse("$ = $$").unwrap();
    assert_eq!(same.evaluate(&deep, LIMITS), Ok(Outcome::Value(json!(true))));
    // Dropping it is its owner's affair, who would overflow the stack.
    std::mem::forget(deep);
}

#[test]
fn work_that_multiplies_stops() {
    let nested = "$map([1..100], function($a) { $map([1..100], function($b) { $map([1..100], function($c) { $c }) }) })";
    assert_ends(nested);
    assert_ends("$sort([1..50000], function($a, $b) { $random() > 0.5 })");
    assert_ends("$sort([1..1000], function($a, $b) { $sum([1..100000]) })");
    assert_ends("[1..100000]^(-$)");
    assert_ends("$distinct([1..3000].{\"a\": $})");
    assert_ends("$reduce([1..100000], function($a, $b) { $a + $sum([1..1000]) })");
    assert_ends("[1..100000][[1..100000]]");
    assert_ends("$count([1..100000][$ in [1..100000]])");
}

#[test]
fn comparators_that_are_no_order_end() {
    assert_gives("$count($sort([1..500], function($a, $b) { true }))", json!(500));
    assert_gives("$count($sort([1..500], function($a, $b) { $a % 7 > $b % 3 }))", json!(500));
}

#[test]
fn regular_expressions_are_bounded() {
    assert_eq!(parse_error(&format!("/{}/", "(a|b)".repeat(5_000))).code, "S0303");
    assert_eq!(parse_error("/((a{100}){100}){100}/").code, "S0303");
    assert_eq!(parse_error(&format!("/{}a{}/", "(".repeat(5_000), ")".repeat(5_000))).code, "S0303");
    assert_eq!(parse_error(&format!("$f({}1)", "/a/,".repeat(2_000))).code, "S0599");
    // Exponential for engines that backtrack.
    let text = "a".repeat(5_000);
    assert_gives(&format!("$contains(\"{text}\", /^(a+)+$/)"), json!(true));
    assert_gives(&format!("$contains(\"{text}b\", /^(a+)+$/)"), json!(false));
    let tried = format!("$contains(\"{text}!\", /^(?=a)((a|a)(a|a)?)*b$/)");
    assert!(matches!(evaluate(&tried, Value::Null), Ok(_) | Err(Failure::TooMuch(_))));
}

#[test]
fn what_nests_too_deep_isnt_parsed() {
    for (open, close) in
        [("(", ")"), ("[", "]"), ("{\"a\":", "}"), ("-", ""), ("$f(", ")"), ("a[", "]"), ("a?", "")]
    {
        let text = format!("{}1{}", open.repeat(20_000), close.repeat(20_000));
        assert_eq!(parse_error(&text).code, "S0599", "{open}");
        let unclosed = open.repeat(20_000);
        assert_eq!(parse_error(&unclosed).code, "S0599", "{open}");
    }
    for tail in ["(1)", "{\"a\":1}", "^(a)", "@$a", "#$a", "~>$f"] {
        let text = format!("a{}", tail.repeat(20_000));
        assert!(["S0599", "S0210"].contains(&parse_error(&text).code), "{tail}");
    }
    assert_eq!(parse_error(&"function($x){".repeat(20_000)).code, "S0599");
    assert_eq!(parse_error(&"|a|".repeat(20_000)).code, "S0599");
    assert_eq!(parse_error(&"$a:=".repeat(20_000)).code, "S0599");
}

#[test]
fn what_nests_less_deep_works() {
    let nested = |open: &str, close: &str| format!("{}1{}", open.repeat(450), close.repeat(450));
    assert_gives(&nested("(", ")"), json!(1));
    assert_gives(&nested("-", ""), json!(1));
    assert_gives(&nested("true?", ""), json!(1));
    assert_gives(&nested("$sum([", "])"), json!(1));
    assert_gives(&nested("1+(", ")"), json!(451));
    assert_gives(&nested("function(){", "}()"), json!(1));
    assert_gives(&format!("$type({})", nested("[", "]")), json!("array"));
    assert_gives(&format!("$type({})", nested("{\"a\":", "}")), json!("object"));
    assert_gives(&format!("$length($string({}))", nested("[", "]")), json!(901));
    // Two levels of brackets each: the deepest is refused, and nothing overflows on the way there.
    for depth in [495, 499, 500, 501, 990, 999, 1_000] {
        let text = format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
        let outcome = evaluate(&text, Value::Null);
        let refused = matches!(&outcome, Err(Failure::Error(error)) if error.code == "S0599");
        assert!(refused || outcome == Ok(Outcome::Value(json!(1))), "{depth}: {outcome:?}");
    }
}

#[test]
fn long_chains_work() {
    assert_gives(&vec!["1"; 5_000].join("+"), json!(5_000));
    assert_gives(&vec!["1"; 5_001].join("-"), json!(-4_999));
    assert_gives(&vec!["\"a\""; 5_000].join("&"), json!("a".repeat(5_000)));
    assert_gives(&vec!["true"; 5_000].join(" and "), json!(true));
    assert_eq!(evaluate(&vec!["a"; 5_000].join("."), json!({"a": 1})), Ok(Outcome::Undefined));
    assert_eq!(evaluate(&vec!["$"; 5_000].join("."), json!(3)), Ok(Outcome::Value(json!(3))));
    assert_gives(&format!("a{}", "[0]".repeat(5_000)), json!(1));
    assert_gives(&format!("({})", vec!["1"; 5_000].join(";")), json!(1));
    assert_gives(&format!("$count([{}])", vec!["1"; 5_000].join(",")), json!(5_000));
}

#[test]
fn a_megabyte_of_expression_is_parsed_or_refused() {
    assert_gives(&format!("$length(\"{}\")", "a".repeat(1 << 20)), json!(1 << 20));
    assert_gives(&vec!["1"; 500_000].join("+"), json!(500_000));
    assert_gives(&format!("1{}", " ".repeat(1 << 20)), json!(1));
    assert_gives(&format!("1{}", "/* */".repeat(200_000)), json!(1));
    parse_error(&"\"".repeat((1 << 20) + 1));
    assert_eq!(parse_error(&"a".repeat(5 << 20)).code, "S0599");
}

#[test]
fn what_is_kept_is_small() {
    // Frames of calls that are over don't pile up.
    let limits = Limits { bytes: 4 << 20, ..LIMITS };
    let expression =
        Expression::parse("($f := function($n) { $n = 0 ? 1 : $f($n - 1) }; $f(20000))").unwrap();
    assert_eq!(expression.evaluate(&Input(Value::Null), limits), Ok(Outcome::Value(json!(1))));
}
