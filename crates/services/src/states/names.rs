//! Names of state machines, executions and activities.

use crate::states::errors;
use stepwell_wire::ApiError;

/// Longest name, in characters.
const LONGEST: usize = 80;

/// Checks a name.
///
/// # Errors
/// `InvalidName` for a character that AWS refuses (recorded for each), `ValidationException` for the length.
pub fn check(name: &str) -> Result<(), ApiError> {
    let length = name.chars().count();
    if length > LONGEST {
        return Err(length_error(name, &format!("less than or equal to {LONGEST}")));
    }
    if length == 0 {
        return Err(length_error(name, "greater than or equal to 1"));
    }
    if name.chars().any(is_refused) {
        return Err(errors::invalid_name(name));
    }
    Ok(())
}

fn length_error(name: &str, bound: &str) -> ApiError {
    let rule = format!("Member must have length {bound}");
    ApiError::validation(format!(
        "1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: {rule}"
    ))
}

fn is_refused(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || "<>{}[]?*\"#%\\^|~`$&,;:/".contains(character)
        || matches!(character, '\u{FFFE}' | '\u{FFFF}' | '\u{10FFFF}')
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn names_are_taken_and_refused_as_on_aws() {
        for name in ["a", "A-b_c.d+e=f@g(h)!'", "이름", &"x".repeat(80)] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        for character in "<>{}[]?*\"#%\\^|~`$&,;:/ \t\n\u{7f}\u{85}\u{FFFE}\u{10FFFF}".chars() {
            let name = format!("a{character}b");
            assert_eq!(check(&name).unwrap_err().message, format!("Invalid Name: '{name}'"));
        }
        assert_eq!(check(&"x".repeat(81)).unwrap_err().code, "ValidationException");
        assert_eq!(check("").unwrap_err().code, "ValidationException");
    }
}
