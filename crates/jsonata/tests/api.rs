//! What the caller gives an evaluation, and what it gets back.

use serde_json::{Value, json};
use stepwell_jsonata::{Error, Exceeded, Expression, Failure, HostFunction, Limits, Outcome, Scope, Subject};

struct World {
    states: Value,
    functions: Vec<(&'static str, HostFunction)>,
    seed: u64,
}

impl Scope for World {
    fn variable(&self, name: &str) -> Option<&Value> {
        (name == "states").then_some(&self.states)
    }

    fn now_ms(&self) -> i64 {
        1_510_067_557_121
    }

    fn seed(&self) -> u64 {
        self.seed
    }

    fn function(&self, name: &str) -> Option<&HostFunction> {
        self.functions.iter().find(|(own, _)| *own == name).map(|(_, function)| function)
    }

    fn removes(&self, name: &str) -> bool {
        name == "eval"
    }
}

fn world(states: &str) -> World {
    let twice = HostFunction::new("twice", Some("<n-:n>"), |arguments| {
        Ok(arguments[0].as_ref().and_then(Value::as_f64).map(|number| json!(number * 2.0)))
    });
    let fails = HostFunction::new("fails", None, |_| Err(Error::custom("X0001", "it fails")));
    let large = HostFunction::new("large", None, |_| Ok(Some(json!("x".repeat(1 << 20)))));
    let random = HostFunction::new("random", Some("<n?:n>"), |_| Ok(Some(json!(4))));
    let functions = [("twice", twice), ("fails", fails), ("large", large), ("random", random)]
        .map(|(n, f)| (n, f.expect("its signature can be read")));
    World {
        states: serde_json::from_str(states).expect("the states are JSON"),
        functions: functions.into(),
        seed: 1,
    }
}

fn evaluate(text: &str, states: &str) -> Result<Outcome, Failure> {
    Expression::parse(text).map_err(Failure::Error)?.evaluate(&world(states), Limits::default())
}

fn gives(text: &str, states: &str) -> String {
    match evaluate(text, states) {
        Ok(Outcome::Value(value)) => value.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn what_is_passed_on_keeps_its_digits_and_its_order() {
    let states = r#"{"z":9007199254740993,"a":[1.0,12345678901234567890,0.1],"m":{"b":1e2,"a":-0.0}}"#;
    assert_eq!(gives("$states", states), serde_json::from_str::<Value>(states).unwrap().to_string());
    assert_eq!(gives("$states.z", states), "9007199254740993");
    assert_eq!(gives("$states.a[1]", states), "12345678901234567890");
    assert_eq!(gives(r#"{"y": $states.z, "x": $states.a[0]}"#, states), r#"{"y":9007199254740993,"x":1.0}"#);
    assert_eq!(gives("$string($states.z)", states), r#""9007199254740993""#);
    assert_eq!(
        gives("$states ~> |m|{\"c\": 1}|", r#"{"z":9007199254740993,"m":{}}"#),
        r#"{"z":9007199254740993,"m":{"c":1}}"#
    );
}

#[test]
fn whole_results_have_no_decimals() {
    assert_eq!(
        gives("[4 / 2, 0.5 * 4, 1e3, -0, 2.5, 1e18, 7 % 2]", "{}"),
        "[2,2,1000,0,2.5,1000000000000000000,1]"
    );
    assert_eq!(gives("$states.a + 1", r#"{"a":1.0}"#), "2");
}

#[test]
fn undefined_and_functions_are_told_apart_from_values() {
    assert_eq!(evaluate("$states.nope", "{}"), Ok(Outcome::Undefined));
    assert_eq!(evaluate("nope", "{}"), Ok(Outcome::Undefined));
    assert_eq!(evaluate("null", "{}"), Ok(Outcome::Value(Value::Null)));
    let unsupported = |text| match evaluate(text, "{}") {
        Ok(Outcome::Unsupported { pointer }) => pointer,
        other => panic!("{text} gave {other:?}"),
    };
    assert_eq!(unsupported("$sum"), "");
    assert_eq!(unsupported("($f := /a/; $f)"), "");
    assert_eq!(unsupported("function($x) { $x }"), "");
    assert_eq!(unsupported(r#"{"a": [1, {"b/c": $sum}]}"#), "/a/1/b~1c");
}

#[test]
fn numbers_that_json_has_not_are_an_error() {
    let code = |text| match evaluate(text, "{}") {
        Err(Failure::Error(error)) => error.to_string(),
        other => panic!("{text} gave {other:?}"),
    };
    assert_eq!(code("1/0"), "D1001: Number out of range: null");
    assert_eq!(code("{\"a\": [1/0]}"), "D1001: Number out of range: null");
}

#[test]
fn errors_have_their_code_text_position_and_token() {
    let Err(Failure::Error(error)) = evaluate("1 + $nope(2)", "{}") else { panic!("it worked") };
    assert_eq!(error.to_string(), "T1006: Attempted to invoke a non-function");
    assert_eq!((error.position, error.token.as_deref()), (10, Some("nope")));
    let error = Expression::parse("[1, 2").unwrap_err();
    assert_eq!(error.to_string(), r#"S0203: Expected "]" before end of expression"#);
}

#[test]
fn functions_of_the_caller_shadow_add_and_remove() {
    assert_eq!(gives("$twice(4)", "{}"), "8");
    assert_eq!(gives("[1..3].$twice()", "{}"), "[2,4,6]");
    assert_eq!(gives("$map([1, 2], $twice)", "{}"), "[2,4]");
    assert_eq!(gives("5 ~> $twice ~> $string", "{}"), r#""10""#);
    assert_eq!(gives("$random(7)", "{}"), "4");
    assert_eq!(gives("($twice := function($x) { $x }; $twice(4))", "{}"), "4");
    let told = |text| match evaluate(text, "{}") {
        Err(Failure::Error(error)) => error.to_string(),
        other => panic!("{text} gave {other:?}"),
    };
    assert_eq!(
        told("$twice('a')"),
        "T0410: Argument 1 of function \"twice\" does not match function signature"
    );
    assert_eq!(told("$fails()"), "X0001: it fails");
    assert_eq!(told("$eval('1')"), "T1006: Attempted to invoke a non-function");
    assert_eq!(told("twice(4)"), "T1005: Attempted to invoke a non-function. Did you mean $twice?");
}

#[test]
fn what_a_function_of_the_caller_returns_is_charged() {
    let expression = Expression::parse("$map([1..100], function($i) { $large() })").unwrap();
    let limits = Limits { bytes: 16 << 20, ..Limits::default() };
    assert_eq!(expression.evaluate(&world("{}"), limits), Err(Failure::TooMuch(Exceeded::Bytes)));
}

#[test]
fn time_and_chance_are_given() {
    assert_eq!(gives("$now()", "{}"), r#""2017-11-07T15:12:37.121Z""#);
    assert_eq!(gives("$millis()", "{}"), "1510067557121");
    let shuffled = |seed| {
        let expression = Expression::parse("$shuffle([1..20])").unwrap();
        expression.evaluate(&World { seed, ..world("{}") }, Limits::default())
    };
    assert_eq!(shuffled(1), shuffled(1));
    assert_ne!(shuffled(1), shuffled(2));
}

#[test]
fn an_expression_is_shared_by_threads() {
    let expression = std::sync::Arc::new(Expression::parse("$states.a + 1").unwrap());
    let results: Vec<_> = std::thread::scope(|threads| {
        let evaluate = |a: i64| {
            let expression = expression.clone();
            threads
                .spawn(move || expression.evaluate(&world(&json!({"a": a}).to_string()), Limits::default()))
        };
        let handles: Vec<_> = (0..4).map(evaluate).collect();
        handles.into_iter().map(|handle| handle.join().unwrap()).collect()
    });
    assert_eq!(results, [1, 2, 3, 4].map(|sum| Ok(Outcome::Value(json!(sum)))));
}

fn references(text: &str) -> Vec<String> {
    let told = |subject: Subject| match subject {
        Subject::Variable { name, fields } => {
            format!("${name}{}", fields.iter().map(|f| format!(".{f}")).collect::<String>())
        }
        Subject::Function { name } => format!("${name}()"),
        Subject::Root => "$$".to_owned(),
        Subject::Context => "$".to_owned(),
        Subject::Field { name } => name,
    };
    let found = Expression::parse(text).expect("it can be parsed").references();
    found.into_iter().map(|reference| told(reference.subject)).collect()
}

#[test]
fn references_are_what_is_read_from_outside() {
    assert_eq!(references("$states.input.a + 1"), ["$states.input.a"]);
    assert_eq!(references("$states.input.items[price > 3].name"), ["$states.input.items"]);
    assert_eq!(references("$states.input.items[$.x = $limit]"), ["$states.input.items", "$limit"]);
    assert_eq!(references("a.b + $ + $$.c"), ["a", "$", "$$"]);
    assert_eq!(references("[1, 2].(a + $)"), [""; 0]);
    assert_eq!(references("($x := 1; $x + $y)"), ["$y"]);
    assert_eq!(references("(($x := 1); $x)"), ["$x"]);
    assert_eq!(references("function($x) { $x + $y + a }"), ["$y", "a"]);
    assert_eq!(references("$map($states.input, function($v) { $v.id })"), ["$map()", "$states.input"]);
    assert_eq!(references("$states.input@$i.$i.x"), ["$states.input"]);
    assert_eq!(references("{'a': b, $c: $sum(d)}"), ["b", "$c", "$sum()", "d"]);
    assert_eq!(references("$states.input ~> |a|{'b': c}|"), ["$states.input"]);
    assert_eq!(references("($f := function($n) { $f($n - 1) }; $f(1))"), [""; 0]);
    assert_eq!(Expression::parse("1 + $states.x").unwrap().references()[0].position, 11);
}
