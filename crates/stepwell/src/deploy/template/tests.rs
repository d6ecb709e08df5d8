//! Templates as text, and what of them is replaced.

use super::*;

/// The template with each local path replaced by the path's upload, and the paths by function.
fn replaced(text: &str) -> (String, Vec<String>) {
    let codes = local_code(text);
    let found = codes.iter().map(|code| format!("{}={}", code.logical_id, code.path)).collect();
    let uploads = codes
        .into_iter()
        .map(|code| (code, Uploaded { bucket: "b".to_owned(), key: "k".to_owned() }))
        .collect::<Vec<_>>();
    (with_uploads(text, &uploads), found)
}

const UPLOADED: &str = r#"{"S3Bucket":"b","S3Key":"k"}"#;

#[test]
fn only_the_path_is_replaced() {
    // `<…>` marks what is to be replaced.
    let templates: [(&str, &[&str]); 12] = [
        (
            "# über\nResources:\n  F: # mine\n    Properties:\n      Role: !GetAtt R.Arn\n      Code: <./src>   # here\n    \
             Type: AWS::Lambda::Function\n  R:\n    Type: AWS::IAM::Role\n    Properties: {Code: ./other}\n",
            &["F=./src"],
        ),
        (
            "Resources:\n  A: {Type: AWS::Lambda::Function, Properties: {Code: <./a> , Runtime: x}}\n  B: {Type: \
             'AWS::Lambda::Function', Properties: {Code: <\"./b c\">}}\n  C: {Type: AWS::Lambda::Function, Properties: {Code: <'c'>}}\n",
            &["A=./a", "B=./b c", "C=c"],
        ),
        (
            "{\"Resources\":{\"F\":{\"Type\":\"AWS::Lambda::Function\",\n\t\"Properties\":{\"Code\":<\"./s\\/r\"> ,\"Handler\":\"\\ud83d\\uDE00 \
             \\\\ud83d\\u00e9\"}}}}",
            &["F=./s/r"],
        ),
        (
            "Resources:\r\n  F:\r\n    Type: AWS::Lambda::Function\r\n    Properties:\r\n      Code: <./src>\r\n",
            &["F=./src"],
        ),
        (
            "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Code:\n        <./a\n        b>\n",
            &["F=./a b"],
        ),
        // An anchor stays, and what refers to it becomes what it stands for.
        (
            "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Code: &code <./src>\n  G:\n    Type: \
             AWS::Lambda::Function\n    Properties:\n      Code: <*code>\n",
            &["F=./src", "G=./src"],
        ),
        ("\u{feff}Resources: {F: {Type: AWS::Lambda::Function, Properties: {Code: <x>}}}", &["F=x"]),
        // What isn't a path.
        ("Resources: {F: {Type: AWS::Lambda::Function, Properties: {Code: !Sub ./x}}}", &[]),
        ("Resources: {F: {Type: AWS::Lambda::Function, Properties: {Code: {ZipFile: ./x}}}}", &[]),
        ("Resources: {F: {Type: AWS::Lambda::Function, Properties: {Code: s3://a/b}}}", &[]),
        ("Resources: {F: {Type: AWS::Lambda::Function, Properties: [{Code: ./x}]}}", &[]),
        ("Outer: {Resources: {F: {Type: AWS::Lambda::Function, Properties: {Code: ./x}}}}", &[]),
    ];
    for (marked, expected) in templates {
        let text = marked.replace(['<', '>'], "");
        let mut wanted = String::new();
        for part in marked.split('<') {
            match part.split_once('>') {
                Some((_, rest)) => wanted.push_str(&format!("{UPLOADED}{rest}")),
                None => wanted.push_str(part),
            }
        }
        assert_eq!(replaced(&text), (wanted, expected.iter().map(|s| (*s).to_owned()).collect()), "{text}");
    }
}

#[test]
fn a_replaced_template_is_still_read_and_has_no_local_code() {
    let text = "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Code: ./src\n      Role: !Ref R\n";
    let (once, _) = replaced(text);
    assert_eq!(replaced(&once), (once.clone(), vec![]));
    let events = Parser::new_from_str(&once).collect::<Result<Vec<_>, _>>().unwrap();
    assert!(events.iter().any(|(event, _)| matches!(event, Event::Scalar(text, ..) if text == "S3Key")));
}

#[test]
fn what_cannot_be_read_is_left_alone() {
    let deep = "[".repeat(100_000);
    let broken = [
        "",
        "\0",
        "Resources: [",
        "a: b: c",
        "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Code: ./x}}",
        "- &a [*a]",
        "? {Resources: x}\n: y",
        "{\"\\u",
        "{\"\\ud8",
        "{\"\\é\": 1}",
        deep.as_str(),
    ];
    for text in broken {
        assert_eq!(replaced(text), (text.to_owned(), vec![]), "{}", &text[..text.len().min(40)]);
    }
}

#[test]
fn no_cut_or_garbled_template_makes_it_panic() {
    let text = "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties: {Code: &é \"./é\\u00e9\", X: [!Ref a, *é]}\n";
    for (at, letter) in text.char_indices() {
        let _ = replaced(&text[..at]);
        for garbage in ["\"", "{", "]", "&", "*", "!", "\n", "\t", ":", "\\ud800", "\u{feff}"] {
            let garbled = format!("{}{garbage}{}", &text[..at], &text[at + letter.len_utf8()..]);
            let _ = replaced(&garbled);
            let _ = replaced(&format!("{{{garbled}"));
        }
    }
}
