//! What parsing and evaluating cost: `cargo run --release -p stepwell-jsonata --example measure`.
//!
//! Each expression runs for about a fifth of a second; the best of many short rounds counts, because the others were
//! disturbed.

use std::io::Write;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stepwell_jsonata::{Expression, Limits, Outcome, Scope};

const EXPRESSIONS: &[(&str, &str)] = &[
    ("a variable's field, and one more", "$states.input.a + 1"),
    ("a path of three fields", "$states.input.order.customer"),
    ("an object of five fields", r#"{"a": 1, "b": "two", "c": $states.input.a, "d": true, "e": null}"#),
    ("a comparison", "$states.input.a > 3 and $states.input.order.customer = 'Ada'"),
    ("a text", "'order ' & $states.input.order.id & ' of ' & $states.input.order.customer"),
    ("a filter of a hundred items", "$states.input.items[price > 50].name"),
    ("a sum over a hundred items", "$sum($states.input.items.(price * quantity))"),
    ("a map over a hundred items", "$map($states.input.items, function($i) { $i.name & '!' })"),
    ("a grouping of a hundred items", "$states.input.items{kind: $sum(price)}"),
    ("a sort of a hundred items", "$states.input.items^(>price).name"),
    ("a recursion of a hundred calls", "($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(100))"),
    ("a match", r#"$match($states.input.order.customer, /[A-Z]\w+/).match"#),
    ("a date", "$fromMillis(1790000000000)"),
];

/// Expressions at their limits: how long a budget lasts.
const LIMITED: &[(&str, &str)] = &[
    ("a loop", "($f := function($n) { $f($n + 1) }; $f(0))"),
    ("fields of fields", "$map([1..1e6], function($i) { $states.input.order.customer })"),
    ("sums", "$map([1..1e6], function($i) { $sum([1..1000]) })"),
    ("texts", "($f := function($s, $n) { $f($substring($s & $s, 0, 1000), $n + 1) }; $f('abcdefgh', 0))"),
    ("sorts", "$map([1..1e6], function($i) { [1..100]^(-$) })"),
    ("matches", "($t := $pad('', 10000, 'ab '); $map([1..1e6], function($i) { $match($t, /b c|(a)(.)/) }))"),
    ("comparisons", "$map([1..1e6], function($i) { $states.input = $$ })"),
    ("texts of data", "$map([1..1e6], function($i) { $length($string($states.input)) })"),
    ("pads", "$map([1..1e6], function($i) { $length($pad('', 1000, 'x')) })"),
    ("objects", "$map([1..1e6], function($i) { {'a': $i, 'b': $i} })"),
    ("dates", "$map([1..1e6], function($i) { $fromMillis($i) })"),
    ("date pictures", "$map([1..1e6], function($i) { $toMillis('2020-01-01', '[Y]-[M]-[D]') })"),
    ("evals", "$map([1..1e6], function($i) { $eval('1+1') })"),
    ("distinct", "$map([1..1e6], function($i) { $distinct($states.input.items) })"),
];

struct States {
    states: Value,
    input: Value,
}

impl Scope for States {
    fn variable(&self, name: &str) -> Option<&Value> {
        (name == "states").then_some(&self.states)
    }

    fn input(&self) -> Option<&Value> {
        Some(&self.input)
    }
}

fn scope() -> States {
    let item = |i: i64| json!({"name": format!("item {i}"), "price": i, "quantity": 2, "kind": format!("k{}", i % 7)});
    let items: Value = (0..100).map(item).collect();
    let input = json!({"a": 5, "order": {"id": 17, "customer": "Ada"}, "items": items});
    States { states: json!({"input": input, "context": {}}), input }
}

/// How long `work` takes, at best: in a round short enough to be left alone by whatever else runs.
fn time(mut work: impl FnMut()) -> Duration {
    let round = Duration::from_micros(500);
    let mut best = Duration::MAX;
    for _ in 0..400 {
        let start = now();
        let mut times = 0;
        while start.elapsed() < round {
            (0..4).for_each(|_| work());
            times += 4;
        }
        best = best.min(start.elapsed() / times);
    }
    best
}

#[allow(clippy::disallowed_methods, reason = "this measures time; the crate itself never looks at a clock")]
fn now() -> Instant {
    Instant::now()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    let scope = scope();
    writeln!(out, "{:<36} {:>10} {:>10}", "", "parse", "evaluate")?;
    for (name, text) in EXPRESSIONS {
        let expression = Expression::parse(text)?;
        let outcome = expression.evaluate(&scope, Limits::default());
        if !matches!(outcome, Ok(Outcome::Value(_))) {
            return Err(format!("{text} gave {outcome:?}").into());
        }
        let parse = time(|| drop(std::hint::black_box(Expression::parse(text))));
        let evaluate = time(|| drop(std::hint::black_box(expression.evaluate(&scope, Limits::default()))));
        writeln!(out, "{name:<36} {:>7} ns {:>7} ns", parse.as_nanos(), evaluate.as_nanos())?;
    }
    writeln!(out, "\nuntil 20,000 steps are used up")?;
    for (name, text) in LIMITED {
        let expression = Expression::parse(text)?;
        let limits = Limits { steps: 20_000, bytes: 64 << 20, depth: 3_000 };
        let outcome = expression.evaluate(&scope, limits);
        let elapsed = time(|| drop(std::hint::black_box(expression.evaluate(&scope, limits))));
        let told: String = format!("{outcome:?}").chars().take(40).collect();
        writeln!(out, "{name:<36} {:>7} us  {told}", elapsed.as_micros())?;
    }
    Ok(())
}
