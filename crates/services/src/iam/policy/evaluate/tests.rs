//! Policies as cases: a document, a request, and the decision.

use super::*;

const ROLE: &str = "arn:aws:iam::111:role/Target";

fn ask(principal: Principal, keys: Keys) -> Question {
    Question {
        principal: Some(principal),
        action: "sts:AssumeRole".to_owned(),
        resource: ROLE.to_owned(),
        keys,
    }
}

fn session() -> Principal {
    let arns = ["arn:aws:iam::111:role/App", "arn:aws:sts::111:assumed-role/App/s"];
    Principal::Aws { arns: arns.map(str::to_owned).to_vec(), account: "111".to_owned() }
}

fn states() -> Principal {
    Principal::Service(["states.amazonaws.com", "states.us-east-1.amazonaws.com"].map(str::to_owned).to_vec())
}

#[test]
fn trust_policies_decide_by_principal_and_condition() {
    use Effect::{Allow, Deny};
    let guard = r#""Condition":{"StringEquals":{"aws:SourceAccount":"111"},"ArnLike":{"aws:SourceArn":"arn:aws:states:us-east-1:111:stateMachine:*"}}"#;
    let keys = Keys::default()
        .with("aws:SourceAccount", "111")
        .with("aws:SourceArn", "arn:aws:states:us-east-1:111:stateMachine:m");
    let cases = [
        (r#""Principal":{"Service":"states.amazonaws.com"}"#.to_owned(), states(), Some(Allow)),
        (r#""Principal":{"Service":"states.us-east-1.amazonaws.com"}"#.to_owned(), states(), Some(Allow)),
        (r#""Principal":{"Service":["lambda.amazonaws.com"]}"#.to_owned(), states(), None),
        (format!(r#""Principal":{{"Service":"states.amazonaws.com"}},{guard}"#), states(), Some(Allow)),
        (r#""Principal":"*""#.to_owned(), states(), Some(Allow)),
        (r#""Principal":{"AWS":"*"}"#.to_owned(), states(), None),
        (r#""Principal":{"AWS":"*"}"#.to_owned(), session(), Some(Allow)),
        (r#""Principal":{"AWS":"111"}"#.to_owned(), session(), Some(Allow)),
        (r#""Principal":{"AWS":"arn:aws:iam::111:root"}"#.to_owned(), session(), Some(Allow)),
        (r#""Principal":{"AWS":"arn:aws:iam::222:root"}"#.to_owned(), session(), None),
        (r#""Principal":{"AWS":"arn:aws:iam::111:role/App"}"#.to_owned(), session(), Some(Allow)),
        (r#""Principal":{"AWS":"arn:aws:sts::111:assumed-role/App/s"}"#.to_owned(), session(), Some(Allow)),
        (r#""Principal":{"AWS":"arn:aws:iam::111:role/Other"}"#.to_owned(), session(), None),
        (r#""NotPrincipal":{"AWS":"arn:aws:iam::111:role/Other"}"#.to_owned(), session(), Some(Allow)),
        (
            r#""Principal":{"AWS":"111"},"Condition":{"StringEquals":{"sts:ExternalId":"x"}}"#.to_owned(),
            session(),
            None,
        ),
    ];
    for (elements, principal, expected) in cases {
        for (effect, expected) in [("Allow", expected), ("Deny", expected.map(|_| Deny))] {
            let text =
                format!(r#"{{"Statement":[{{"Effect":"{effect}","Action":"sts:assume*",{elements}}}]}}"#);
            let document = Document::parse(&text).unwrap();
            assert_eq!(decide(&document, &ask(principal.clone(), keys.clone())), expected, "{text}");
        }
    }
}

#[test]
fn a_denial_counts_more_wherever_it_stands() {
    let allow = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let deny = r#"{"Effect":"Deny","Action":"sts:AssumeRole","Resource":"arn:aws:iam::*:role/T*"}"#;
    let question = Question { principal: None, ..ask(session(), Keys::default()) };
    for statements in [format!("{allow},{deny}"), format!("{deny},{allow}")] {
        let document = Document::parse(&format!(r#"{{"Statement":[{statements}]}}"#)).unwrap();
        assert_eq!(decide(&document, &question), Some(Effect::Deny));
    }
    let document = Document::parse(&format!(r#"{{"Statement":{allow}}}"#)).unwrap();
    assert_eq!(decide(&document, &question), Some(Effect::Allow));
}

#[test]
fn variables_are_variables_from_2012_on() {
    let keys = Keys::default().with("aws:username", "ann");
    let expand = |text| expand(text, Version::V2012, &keys).map(|pattern| pattern.text());
    assert_eq!(expand("a/${aws:username}/b").as_deref(), Some("a/ann/b"));
    assert_eq!(expand("${AWS:UserName}${$}").as_deref(), Some("ann$"));
    assert_eq!(expand("${aws:userid}"), None);
    assert_eq!(expand("${aws:userid, 'x'}").as_deref(), Some("x"));
    assert_eq!(expand("${open"), None);
    let old = super::expand("${open", Version::V2008, &keys).map(|pattern| pattern.text());
    assert_eq!(old.as_deref(), Some("${open"));
    let literal = super::expand("a${*}", Version::V2012, &keys).unwrap();
    assert!(literal.covers("a*") && !literal.covers("ab"));
}
