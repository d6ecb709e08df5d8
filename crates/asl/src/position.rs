//! Where in its text a part of a definition stands, for people: AWS's locations (`/States/X/Choices[0]/Next`) as line and
//! column. The text is valid JSON, and is walked once for each location.

/// A place in a text, both counted from 1; columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// The beginning of the value at a location, or of what is nearest around it: a field that is missing has no place.
pub fn find(text: &str, location: &str) -> Position {
    let mut walk = Walk { text, at: 0 };
    walk.blanks();
    let mut ahead = if location == "/" { "" } else { location };
    while let Some((at, rest)) = walk.step(ahead) {
        (walk.at, ahead) = (at, rest);
    }
    position(text, walk.at)
}

/// The line and column of a byte.
pub fn position(text: &str, at: usize) -> Position {
    let before = &text[..at.min(text.len())];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Position { line, column }
}

struct Walk<'t> {
    text: &'t str,
    /// The beginning of a value.
    at: usize,
}

impl Walk<'_> {
    /// One step of the location: the beginning of the value to which it leads, and what is left of the location.
    fn step<'l>(&self, ahead: &'l str) -> Option<(usize, &'l str)> {
        let mut walk = Walk { text: self.text, at: self.at };
        match walk.next()? {
            b'{' => {
                let ahead = ahead.strip_prefix('/')?;
                walk.members(|name| {
                    let rest = ahead.strip_prefix(name)?;
                    // A name may hold what separates names.
                    (rest.is_empty() || rest.starts_with(['/', '['])).then_some(rest)
                })
            }
            b'[' => {
                let (index, rest) = ahead.strip_prefix('[')?.split_once(']')?;
                walk.item(index.parse().ok()?).map(|at| (at, rest))
            }
            _ => None,
        }
    }

    fn members<'l>(&mut self, leads: impl Fn(&str) -> Option<&'l str>) -> Option<(usize, &'l str)> {
        loop {
            self.blanks();
            if self.peek()? == b'}' {
                return None;
            }
            let name = self.string()?;
            self.blanks();
            self.next().filter(|colon| *colon == b':')?;
            self.blanks();
            if let Some(rest) = leads(&name) {
                return Some((self.at, rest));
            }
            self.skip()?;
            self.blanks();
            self.next().filter(|comma| *comma == b',')?;
        }
    }

    fn item(&mut self, index: usize) -> Option<usize> {
        for _ in 0..index {
            self.blanks();
            self.skip()?;
            self.blanks();
            self.next().filter(|comma| *comma == b',')?;
        }
        self.blanks();
        (self.peek()? != b']').then_some(self.at)
    }

    /// Past a value, without recursion.
    fn skip(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => drop(self.string()?),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                _ => self.word(),
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) {
        let ends = |byte: &u8| matches!(byte, b',' | b':' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n');
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(ends).unwrap_or(rest.len());
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.next().filter(|quote| *quote == b'"')?;
        loop {
            match self.next()? {
                b'\\' => drop(self.next()?),
                b'"' => break,
                _ => {}
            }
        }
        serde_json::from_str(self.text.get(start..self.at)?).ok()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, location: &str) -> (usize, usize) {
        let Position { line, column } = find(text, location);
        (line, column)
    }

    #[test]
    fn locations_are_found() {
        let text = "{\n  \"StartAt\": \"A\",\n  \"States\": {\n    \"A/b[0]\": {\"Type\": \"Choice\", \"Choices\": [1, {\"x\": [\"]\"]}, {\"Next\": \"é\", \"Not\": null}]},\n    \"A\": true\n  }\n}";
        assert_eq!(at(text, "/"), (1, 1));
        assert_eq!(at(text, "/StartAt"), (2, 14));
        assert_eq!(at(text, "/States/A/b[0]"), (4, 15));
        assert_eq!(at(text, "/States/A/b[0]/Choices[2]/Not"), (4, 84));
        assert_eq!(at(text, "/States/A"), (5, 10));
    }

    #[test]
    fn what_is_missing_is_at_what_is_around_it() {
        let text = r#"{"States": {"A": {"Choices": []}}}"#;
        assert_eq!(at(text, "/States/A/Next"), (1, 18));
        assert_eq!(at(text, "/States/A/Choices[3]/Next"), (1, 30));
        assert_eq!(at(text, "nowhere"), (1, 1));
        for broken in ["", "{", "{\"a", "{\"a\":", "[", "\"", "{\"a\":[1,"] {
            find(broken, "/a[1]/b");
        }
    }
}
