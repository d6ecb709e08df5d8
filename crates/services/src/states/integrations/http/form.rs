//! JSON as `application/x-www-form-urlencoded`: members of members as `a[b]`, lists in one of four ways.

use super::parameters::scalar;
use serde_json::Value;
use stepwell_wire::uri::encode;

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArrayFormat {
    /// `a[0]=x&a[1]=y`
    Indices,
    /// `a=x&a=y`
    Repeat,
    /// `a=x,y`
    Commas,
    /// `a[]=x&a[]=y`
    Brackets,
}

impl ArrayFormat {
    /// As the parameters name it.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "INDICES" => Self::Indices,
            "REPEAT" => Self::Repeat,
            "COMMAS" => Self::Commas,
            "BRACKETS" => Self::Brackets,
            _ => return None,
        })
    }
}

/// The body as a form.
pub fn encoded(body: &Value, format: ArrayFormat) -> String {
    let mut pairs = Vec::new();
    for (name, value) in body.as_object().into_iter().flatten() {
        add(name.clone(), value, format, &mut pairs);
    }
    query(&pairs)
}

/// Names and values as the query of a URL.
pub fn query(pairs: &[(String, String)]) -> String {
    let pairs = pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn add(name: String, value: &Value, format: ArrayFormat, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                add(format!("{name}[{member}]"), value, format, pairs);
            }
        }
        Value::Array(items) if format == ArrayFormat::Commas => {
            let items: Vec<_> = items.iter().map(|item| scalar(item).unwrap_or_default()).collect();
            pairs.push((name, items.join(",")));
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let name = match format {
                    ArrayFormat::Indices => format!("{name}[{index}]"),
                    ArrayFormat::Brackets => format!("{name}[]"),
                    ArrayFormat::Repeat | ArrayFormat::Commas => name.clone(),
                };
                add(name, item, format, pairs);
            }
        }
        value => pairs.push((name, scalar(value).unwrap_or_default())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_are_written_in_each_way() {
        let body = json!({"a": ["x", 1], "b": {"c": true}, "d e": "f&g"});
        for (name, expected) in [
            ("INDICES", "a%5B0%5D=x&a%5B1%5D=1"),
            ("REPEAT", "a=x&a=1"),
            ("COMMAS", "a=x%2C1"),
            ("BRACKETS", "a%5B%5D=x&a%5B%5D=1"),
        ] {
            let form = encoded(&body, ArrayFormat::of(name).unwrap());
            assert_eq!(form, format!("{expected}&b%5Bc%5D=true&d%20e=f%26g"));
        }
        assert_eq!(ArrayFormat::of("OTHER"), None);
    }
}
