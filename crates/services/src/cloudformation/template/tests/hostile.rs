//! Templates that someone made to hurt: they end in an error, quickly, with the stack and the memory whole.

use super::*;
use std::fmt::Write;

fn refused(template: &str) -> String {
    Template::parse(template).unwrap_err().message()
}

/// The error of a template that is fine in form, when its values are asked for.
fn fails(template: &str) -> String {
    let template = Template::parse(template).unwrap();
    let pseudo = pseudo();
    let parameters = Parameters::new();
    let scope = Scope::new(&template, &parameters, &pseudo).unwrap();
    scope.preview("A", &World(Map::new())).unwrap_err().message()
}

#[test]
fn nesting_ends_before_the_stack_does() {
    let deep = |open: &str, close: &str, times: usize| open.repeat(times) + "x" + &close.repeat(times);
    for (template, expected) in [
        (deep("[", "]", 400_000), "nested more than 100 levels"),
        (deep("{\"a\":", "}", 100_000), "nested more than 100 levels"),
        (format!("A: {}", deep("[", "]", 150)), "nested more than 100 levels"),
        // Here the scanner's own limit comes first, since it looks ahead for a key's colon.
        (format!("A: {}", deep("[", "]", 100_000)), "YAML not well-formed"),
        (format!("A: {}", deep("!Not [", "]", 100_000)), "YAML not well-formed"),
        ("- ".repeat(400_000), "nested more than 100 levels"),
        // A map as a key.
        (deep("? ", "", 400_000), "YAML not well-formed"),
    ] {
        let message = refused(&template);
        assert!(message.contains(expected), "{message}");
    }
    let mut block = String::new();
    for level in 0..1000 {
        writeln!(block, "{}a:", " ".repeat(level)).unwrap();
    }
    assert!(refused(&block).contains("nested more than 100 levels"), "{}", refused(&block));
}

#[test]
fn the_deepest_template_that_is_taken_can_be_worked_with() {
    let mut value = "!Ref AWS::Region".to_owned();
    for _ in 0..47 {
        value = format!("!Join ['', [{value}]]");
    }
    let text = format!("Resources: {{A: {{Type: 'AWS::SQS::Queue', Properties: {{P: {value}}}}}}}");
    let text = format!("---\n{text}");
    let template = Template::parse(&text).unwrap();
    let pseudo = pseudo();
    let parameters = Parameters::new();
    let scope = Scope::new(&template, &parameters, &pseudo).unwrap();
    Graph::new(&scope).unwrap();
    assert_eq!(scope.properties("A", &World(Map::new())).unwrap(), json!({ "P": "eu-west-1" }));
}

#[test]
fn bombs_of_aliases_are_refused() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, of) in
        [("b", "a"), ("c", "b"), ("d", "c"), ("e", "d"), ("f", "e"), ("g", "f"), ("h", "g"), ("i", "h")]
    {
        writeln!(bomb, "{name}: &{name} [{}]", vec![format!("*{of}"); 9].join(", ")).unwrap();
    }
    assert_eq!(refused(&bomb), "Template error: YAML aliases are not allowed in CloudFormation templates");
    assert!(refused("a: &a [*a]").contains("aliases are not allowed"));
}

#[test]
fn a_text_that_doubles_at_each_level_is_bounded() {
    let mut value = "x".repeat(100);
    for _ in 0..40 {
        value = format!("!Sub ['${{V}}${{V}}', {{V: {value}}}]");
    }
    let template = format!("---\nResources: {{A: {{Type: T, Properties: {{P: {value}}}}}}}");
    assert_eq!(fails(&template), "Template error: the values of the template grow beyond 2097152 bytes");
    let list = format!("!Split [x, '{}']", "x".repeat(500_000));
    let template = format!("---\nResources: {{A: {{Type: T, Properties: {{P: {list}}}}}}}");
    assert_eq!(fails(&template), "Template error: the values of the template grow beyond 2097152 bytes");
}

#[test]
fn a_value_in_many_places_is_bounded() {
    let mut template = format!(
        "Mappings: {{M: {{K: {{V: '{}'}}}}}}\nResources:\n  A:\n    Type: T\n    Properties:\n",
        "x".repeat(100_000)
    );
    for index in 0..100 {
        writeln!(template, "      P{index}: !FindInMap [M, K, V]").unwrap();
    }
    assert_eq!(fails(&template), "Template error: the values of the template grow beyond 2097152 bytes");
}

#[test]
fn circles_and_long_chains_end() {
    let mut chain = "Conditions:\n".to_owned();
    for index in 0..5000 {
        writeln!(chain, "  C{index}: !Not [!Condition C{}]", index + 1).unwrap();
    }
    chain.push_str("  C5000: !Equals [a, a]\nResources:\n  A: {Type: T}\n");
    let template = Template::parse(&chain).unwrap();
    let (parameters, pseudo) = (Parameters::new(), pseudo());
    let scope = Scope::new(&template, &parameters, &pseudo).unwrap();
    assert_eq!(scope.condition("C0"), Some(true));

    let circle =
        "Conditions:\n  X: !Not [!Condition Y]\n  Y: !Not [!Condition X]\nResources:\n  A: {Type: T}\n";
    assert_eq!(refused(circle), "Template error: Found circular condition dependency: [X, Y]");

    let mut resources = "Resources:\n".to_owned();
    for index in 0..500 {
        writeln!(resources, "  R{index}: {{Type: T, Properties: {{P: !Sub '${{R{}}}'}}}}", (index + 1) % 500)
            .unwrap();
    }
    assert!(refused(&resources).starts_with("Circular dependency between resources: [R0, R1, R2, "));
}

#[test]
fn patterns_are_bounded() {
    let value = "a".repeat(40);
    for (pattern, expected) in [
        (r"(?:(a+)\1?)+b", "Parameter 'P' AllowedPattern takes too many steps on the value."),
        ("((a{1000}){1000}){1000}", "Parameter 'P' AllowedPattern must be a valid regular expression."),
        ("(unclosed", "Parameter 'P' AllowedPattern must be a valid regular expression."),
        ("(a+)+b", "Parameter 'P' must match pattern (a+)+b"),
    ] {
        let template = format!(
            "Parameters:\n  P: {{Type: String, AllowedPattern: '{pattern}', Default: {value}}}\nResources:\n  A: {{Type: T}}\n"
        );
        let template = Template::parse(&template).unwrap();
        let error = bind(&template.parameters, &[], &|_| None).unwrap_err();
        assert_eq!(error.message(), expected);
    }
}

#[test]
fn huge_documents_are_refused_or_read_in_time() {
    assert_eq!(refused(&"x".repeat(1_000_001)), "Template may not exceed 1000000 bytes in size.");
    for filler in [
        "a", "'", "\"", "#", "\n", " ", "\t", "!", "&", "*", "[", "{", "}", "-", "- ", ": ", "? ", "|", "%",
        "\u{1}", "é", "!!x ", "a: ", "a:\n ", "\"\\", "<<: ", ",", "@", "`", "--- ", "...\n",
    ] {
        let text = filler.repeat(300_000 / filler.len());
        let _ = Template::parse(&text);
        let _ = Template::parse(&format!("Resources:\n  A: {}", &text[..text.floor_char_boundary(299_000)]));
        let _ = Template::parse(&format!("{{\"Resources\": {}", &text[..text.floor_char_boundary(299_000)]));
    }
}

#[test]
fn a_change_set_that_would_tell_too_much_is_refused() {
    let mut template = format!("Mappings: {{M: {{K: {{V: '{}'}}}}}}\nResources:\n", "x".repeat(50_000));
    for resource in 0..20 {
        writeln!(template, "  R{resource}: {{Type: T, Properties: {{").unwrap();
        for property in 0..20 {
            writeln!(template, "    P{property}: !FindInMap [M, K, V],").unwrap();
        }
        writeln!(template, "  }}}}").unwrap();
    }
    let template = Template::parse(&template).unwrap();
    let (parameters, pseudo, world) = (Parameters::new(), pseudo(), World(Map::new()));
    let after = Scope::new(&template, &parameters, &pseudo).unwrap();
    let comparison = Comparison {
        before: None,
        after: &after,
        deployed: &IndexMap::new(),
        facts: &world,
        types: &SomeTypes,
        stack_tags_changed: false,
    };
    assert_eq!(comparison.changes(View::Names).unwrap().len(), 20);
    assert_eq!(
        comparison.changes(View::Values).unwrap_err().message(),
        "Template error: the values of the template grow beyond 8388608 bytes"
    );
}
