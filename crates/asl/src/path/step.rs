//! One step of a path.

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Name(String),
    Index(i64),
}

/// The steps as Jayway prints them: `$['a'][0]`.
pub(super) fn canonical(steps: &[Step]) -> String {
    let mut text = String::from("$");
    for step in steps {
        match step {
            Step::Name(name) => text.push_str(&format!("['{name}']")),
            Step::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}
