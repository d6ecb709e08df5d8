//! The cases of `testdata/asl/jsonpath.json`, what a path says of itself, `ResultPath`, and hostile paths and documents.

use serde_json::{Value, json};

use super::*;
use crate::scope::{ContextObject, Entropy, StateOutcome, Variables};

const CASES: &str = include_str!("../../../../testdata/asl/jsonpath.json");

#[test]
fn cases() {
    let groups: Vec<Value> = serde_json::from_str(CASES).unwrap();
    for group in &groups {
        for case in group["cases"].as_array().unwrap() {
            let text = case["path"].as_str().unwrap();
            let got = match Path::parse(text) {
                Err(error) => json!({"path": text, "syntax": error.to_string()}),
                Ok(path) => match path.read_in(&group["document"]) {
                    Ok(value) => json!({"path": text, "value": value}),
                    Err(error) => json!({"path": text, "error": error.to_string()}),
                },
            };
            assert_eq!(got, *case, "{}: {text}", group["about"]);
        }
    }
}

#[test]
fn a_path_says_what_it_is() {
    for (text, is_definite, is_reference) in [
        ("$", true, true),
        ("$.a['b'][0]", true, true),
        ("$$.Task.Token", true, true),
        ("$name.a", true, true),
        ("$['a','b']", true, false),
        ("$['a','b'].c", false, false),
        ("$.a.length()", true, false),
        ("$.a[*]", false, false),
        ("$.a[1:]", false, false),
        ("$.a[0,1]", false, false),
        ("$..a", false, false),
        ("$.a[?(@.b)]", false, false),
    ] {
        let path = Path::parse(text).unwrap();
        assert_eq!(path.text(), text);
        assert_eq!((path.is_definite(), path.is_reference()), (is_definite, is_reference), "{text}");
    }
}

#[test]
fn the_root_chooses_the_document() {
    struct NoEntropy;
    impl Entropy for NoEntropy {
        fn next_u64(&mut self) -> u64 {
            unreachable!("paths need no entropy")
        }
    }
    let input = json!({"a": "input"});
    let context = ContextObject::new(|| json!({"a": "context"}));
    let variables = Variables::from_iter([("x".to_owned(), json!({"a": "variable"}))]);
    let entropy = &mut NoEntropy;
    let scope = Scope {
        input: &input,
        context: &context,
        variables: &variables,
        outcome: StateOutcome::None,
        now_ms: 0,
        allowance: None,
        entropy,
    };
    let read = |text: &str| Path::parse(text).unwrap().read(&scope).map(Cow::into_owned);

    assert_eq!(read("$.a"), Ok(json!("input")));
    assert_eq!(read("$$.a"), Ok(json!("context")));
    assert_eq!(read("$x.a"), Ok(json!("variable")));
    assert_eq!(read("$x"), Ok(json!({"a": "variable"})));
    assert_eq!(read("$x['a']"), Ok(json!("variable")));
    assert_eq!(read("$y.a"), Err(PathError::NoVariable { name: "y".to_owned() }));
}

#[test]
fn what_is_printed_is_read_again() {
    for text in [
        "$.a.b",
        "$['it\\'s']",
        "$['a\\\\b']",
        "$[0][-1]",
        "$['a','b']",
        "$[0,1].x",
        "$[1:2]",
        "$[:2]",
        "$[-1:]",
        "$.*..a",
    ] {
        let steps = Path::parse(text).unwrap().steps;
        let printed = step::canonical(&steps);
        let again = Path::parse(&printed).unwrap_or_else(|error| panic!("{printed}: {error}")).steps;
        assert_eq!(step::canonical(&again), printed);
    }
}

#[test]
fn names_of_variables_are_unicode_identifiers() {
    for name in ["x", "größe", "변수", "a1_b", &"x".repeat(80)] {
        assert!(is_variable_name(name), "{name}");
    }
    for name in ["", "1x", "_x", "a.b", "a-b", "x y", "😀", &"x".repeat(81)] {
        assert!(!is_variable_name(name), "{name}");
    }
}

#[test]
fn result_path_puts_the_result_in_place() {
    for (path, input, expected) in [
        ("$", json!({"a": 1}), json!("R")),
        ("$.b", json!({"a": 1}), json!({"a": 1, "b": "R"})),
        ("$.a", json!({"a": 1, "b": 2}), json!({"a": "R", "b": 2})),
        ("$.x.y.z", json!({"a": 1}), json!({"a": 1, "x": {"y": {"z": "R"}}})),
        ("$.a.c", json!({"a": {"b": 1}}), json!({"a": {"b": 1, "c": "R"}})),
        ("$['a b']", json!({}), json!({"a b": "R"})),
        ("$[1].p", json!([{"a": 1}, {"i": 7}]), json!([{"a": 1}, {"i": 7, "p": "R"}])),
        ("$[0]", json!([1, 2]), json!(["R", 2])),
        ("$[-1]", json!([1, 2]), json!([1, "R"])),
        ("$.l[0]", json!({"l": [1]}), json!({"l": ["R"]})),
    ] {
        assert_eq!(Path::parse(path).unwrap().write(input, json!("R")), Ok(expected), "{path}");
    }
}

#[test]
fn result_path_fails_without_a_trace() {
    for (path, input, expected) in [
        ("$.x", json!("text"), r#"Unable to apply ReferencePath $.x to input "text""#),
        ("$.x", json!([1]), "Unable to apply ReferencePath $.x to input [1]"),
        ("$.x", json!(null), "Unable to apply ReferencePath $.x to input null"),
        ("$.a.b", json!({"a": 1}), r#"Unable to apply ReferencePath $.a.b to input {"a":1}"#),
        ("$[2]", json!([1, 2]), "Unable to apply ReferencePath $[2] to input [1,2]"),
        ("$.n.m[0]", json!({}), "Unable to apply ReferencePath $.n.m[0] to input {}"),
        ("$.a[*]", json!({"a": [1]}), r#"Unable to apply ReferencePath $.a[*] to input {"a":[1]}"#),
    ] {
        let error = Path::parse(path).unwrap().write(input, json!("R")).unwrap_err();
        assert_eq!(error.to_string(), expected, "{path}");
    }
}

#[test]
fn result_path_makes_nothing_too_deep_to_be_read_again() {
    let deep = format!("$.{}", vec!["a"; 120].join("."));
    assert_eq!(Path::parse(&deep).unwrap().write(json!({}), json!(1)), Err(PathError::TooMuch));
}

#[test]
fn hostile_paths_are_refused() {
    for text in [
        format!("$.{}", vec!["a"; 300].join(".")),
        format!("$[?({}@.a)]", "(".repeat(1000)),
        format!("$[?({}@.a{})]", "(".repeat(1000), ")".repeat(1000)),
        format!("$[?({}(@.a))]", "!".repeat(100_000)),
        format!("$[?({}", "@[?(".repeat(1000)),
        format!("$[?(@ == {})]", "[".repeat(100_000)),
        format!("$[?(@ =~ /{}/)]", "(a{1000}){1000}"),
        format!("$[?(@ =~ /{}a{}/)]", "(".repeat(10_000), ")".repeat(10_000)),
        "$[?(@ =~ /(?=a)/)]".to_owned(),
    ] {
        let shown: String = text.chars().take(40).collect();
        assert!(Path::parse(&text).is_err(), "{shown}");
    }
}

#[test]
fn long_paths_that_are_flat_are_read() {
    let names = vec!["'x'"; 50_000].join(",");
    assert_eq!(
        Path::parse(&format!("$[{names}]")).unwrap().read_in(&json!({"x": 1})).unwrap().into_owned(),
        json!({"x": 1})
    );
    let terms = vec!["@ == 0"; 20_000].join(" || ");
    let many = Path::parse(&format!("$[?({terms})]")).unwrap();
    assert_eq!(many.read_in(&json!([1])).unwrap().into_owned(), json!([]));
    assert_eq!(many.read_in(&Value::from(vec![1; 1000])), Err(PathError::TooMuch));
}

#[test]
fn evaluations_that_explode_are_given_up() {
    let nested = (0..90).fold(json!([1, 2, 3]), |inner, _| json!([inner]));
    let stars = Path::parse(&format!("${}", "..*".repeat(20))).unwrap();
    assert_eq!(stars.read_in(&nested), Err(PathError::TooMuch));

    let wide = json!({"big": vec![0; 60_000], "few": vec![1; 60_000]});
    for text in ["$.few[?(@ in $.big)]", "$.few[?($.big == $.few)]", "$.few[?($.big subsetof $.few)]"] {
        assert_eq!(Path::parse(text).unwrap().read_in(&wide), Err(PathError::TooMuch), "{text}");
    }
    let texts = json!({"s": "x".repeat(200_000), "n": vec![1; 10_000]});
    let repeated = format!("$.n[{}]", vec!["0"; 400].join(","));
    assert!(Path::parse(&repeated).unwrap().read_in(&texts).is_ok());
    for text in ["$.n[?($.s =~ /(x+x+)+y/)]", "$.n[?($.s contains 'y')]"] {
        assert_eq!(Path::parse(text).unwrap().read_in(&texts), Err(PathError::TooMuch), "{text}");
    }
    let doubled = format!("$[{}]", ["'s'"; 2].join(","));
    assert!(Path::parse(&doubled).unwrap().read_in(&texts).is_ok());
    let copies = json!([["x".repeat(200_000)]]);
    let many = format!("$[{}]", vec!["0"; 200].join(","));
    assert_eq!(Path::parse(&many).unwrap().read_in(&copies), Err(PathError::TooMuch));
}

#[test]
fn no_text_makes_the_parser_panic() {
    let pieces = [
        "$", "$$", ".", "..", "[", "]", "'", "\"", "*", "?", "(", ")", "@", "a", "é", "😀", "\\", "\\u", "0",
        "-", ":", ",", " ", "==", "=~", "/", "!", "&&", "||", "in", "[1]", "{", "}", "length()", "$.a",
        "['b']", "[?(@.a)]",
    ];
    let document = json!({"a": [1, {"b": "c"}], "é": {"a": null}});
    let mut state = 1_u64;
    for _ in 0..100_000 {
        let mut text = String::from("$");
        for _ in 0..(state >> 60) {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
        }
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        if let Ok(path) = Path::parse(&text) {
            let _ = path.read_in(&document);
            let _ = path.write(document.clone(), json!(1));
        }
    }
}
