//! How a message says whose it is: `<<tag>>` of whoever sent it, and task tokens, wherever they stand in a body.

/// Characters of a task token.
const TOKEN_LENGTH: usize = 62;
/// Every token begins with its shard and the first bytes of a small number.
const TOKEN_BEGIN: &str = "AAAAAAAA";

/// The tags in a text, each once, in order of their first place.
#[must_use]
pub fn tags(text: &str) -> Vec<&str> {
    let mut tags = Vec::new();
    for piece in text.split("<<").skip(1) {
        if let Some((tag, _)) = piece.split_once(">>")
            && !tags.contains(&tag)
        {
            tags.push(tag);
        }
    }
    tags
}

/// The first task token in a text.
#[must_use]
pub fn token(text: &str) -> Option<&str> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.match_indices(TOKEN_BEGIN).find_map(|(start, _)| {
        let found = text.get(start..start + TOKEN_LENGTH)?;
        found.bytes().all(is_part).then_some(found)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_tokens_are_found_within_quoted_json() {
        assert_eq!(tags(r#"{"a":"{\"m\":\"<<one>>\"}","b":"<<two>> <<one>>"}"#), ["one", "two"]);
        let text = format!("AAAAAAAA{}", "b".repeat(54));
        assert_eq!(token(&format!(r#"{{\"TaskToken\":\"{text}\"}}"#)), Some(text.as_str()));
        assert_eq!(token("AAAAAAAA too short"), None);
    }
}
