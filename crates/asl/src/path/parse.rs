//! From the text of a path to its steps.

use super::{Path, PathSyntax, Root, step::Step};

pub(super) fn parse(text: &str) -> Result<Path, PathSyntax> {
    let (root, rest) = if let Some(rest) = text.strip_prefix("$$") {
        (Root::Context, rest)
    } else if let Some(rest) = text.strip_prefix('$') {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        if name.is_empty() { (Root::Input, rest) } else { (Root::Variable(name.to_owned()), rest) }
    } else {
        return Err(PathSyntax { message: "a path begins with `$`".to_owned(), at: 0 });
    };
    let mut steps = Vec::new();
    for name in rest.split('.').skip(1) {
        steps.push(Step::Name(name.to_owned()));
    }
    Ok(Path { text: text.to_owned(), root, steps })
}
