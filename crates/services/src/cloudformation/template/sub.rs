//! The text of `Fn::Sub`, cut into what stands as it is and what is replaced. A replaced value is never cut again.

use super::fault::Fault;

/// A piece of the text, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'t> {
    Literal(&'t str),
    /// `${Name}`: a variable of the call, a parameter, a pseudo parameter or a resource.
    Name(&'t str),
    /// `${Resource.Attribute}`
    Attribute {
        resource: &'t str,
        attribute: &'t str,
    },
    /// `${!Name}`, which stands for `${Name}`; here without its exclamation mark.
    Escaped(&'t str),
}

/// The pieces of a text. A brace that is never closed is literal.
pub fn pieces(text: &str) -> impl Iterator<Item = Result<Piece<'_>, Fault>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let whole = match rest.find("${") {
            Some(0) => rest.find('}').map(|end| (2, end)),
            Some(start) => {
                let (literal, behind) = rest.split_at(start);
                rest = behind;
                return Some(Ok(Piece::Literal(literal)));
            }
            None => None,
        };
        let Some((start, end)) = whole else {
            return Some(Ok(Piece::Literal(std::mem::take(&mut rest))));
        };
        let inside = &rest[start..end];
        rest = &rest[end + 1..];
        Some(replaced(inside))
    })
}

fn replaced(inside: &str) -> Result<Piece<'_>, Fault> {
    if let Some(escaped) = inside.strip_prefix('!') {
        return Ok(Piece::Escaped(escaped));
    }
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':');
    let name = inside.trim();
    if name.is_empty() || !name.bytes().all(legal) {
        return Err(Fault::SubVariableName);
    }
    Ok(match name.split_once('.') {
        Some((resource, attribute)) => Piece::Attribute { resource, attribute },
        None => Piece::Name(name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_once() {
        use Piece::{Attribute, Escaped, Literal, Name};
        let cut = |text| pieces(text).collect::<Result<Vec<_>, _>>();
        assert_eq!(cut(""), Ok(vec![]));
        assert_eq!(cut("plain $ {x} $$"), Ok(vec![Literal("plain $ {x} $$")]));
        assert_eq!(
            cut("a${AWS::Region}${Q.Arn.x}b${!Literal}"),
            Ok(vec![
                Literal("a"),
                Name("AWS::Region"),
                Attribute { resource: "Q", attribute: "Arn.x" },
                Literal("b"),
                Escaped("Literal")
            ])
        );
        assert_eq!(cut("$${A}"), Ok(vec![Literal("$"), Name("A")]));
        assert_eq!(cut("${A"), Ok(vec![Literal("${A")]));
        assert_eq!(cut("x ${A ${B}"), Err(Fault::SubVariableName));
        for wrong in ["${}", "${a-b}", "${$.x}"] {
            assert_eq!(cut(wrong), Err(Fault::SubVariableName), "{wrong}");
        }
    }
}
