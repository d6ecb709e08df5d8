//! JavaScript's syntax of regular expressions into that of the engines here: the same letters mean different things
//! (`\d` is ASCII, `.` stops at more line ends, a bracket in a class is a bracket).

pub(super) struct Translated {
    pub pattern: String,
    pub needs_backtracking: bool,
}

const BLANKS: &str =
    r"\t\n\x0B\x0C\r \x{a0}\x{feff}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}";

/// `None`: not a regular expression.
pub(super) fn translate(source: &str) -> Option<Translated> {
    let mut reader =
        Reader { rest: source.chars().collect(), at: 0, out: String::new(), backtracking: false };
    while let Some(next) = reader.next() {
        match next {
            '\\' => reader.escape(false)?,
            '[' => reader.class()?,
            '.' => reader.out.push_str(r"[^\n\r\x{2028}\x{2029}]"),
            '(' => reader.group(),
            '{' => reader.brace(),
            // Outside of a class these stand for themselves in JavaScript.
            ']' | '}' => reader.literal(next),
            _ => reader.out.push(next),
        }
    }
    Some(Translated { pattern: reader.out, needs_backtracking: reader.backtracking })
}

struct Reader {
    rest: Vec<char>,
    at: usize,
    out: String,
    backtracking: bool,
}

impl Reader {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.get(self.at).copied();
        self.at += 1;
        next
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.rest.get(self.at + ahead).copied()
    }

    fn literal(&mut self, c: char) {
        if r"\.+*?()|[]{}^$#&-~".contains(c) {
            self.out.push('\\');
        }
        self.out.push(c);
    }

    fn group(&mut self) {
        self.out.push('(');
        if self.peek(0) != Some('?') {
            return;
        }
        match (self.peek(1), self.peek(2)) {
            (Some('=' | '!'), _) | (Some('<'), Some('=' | '!')) => self.backtracking = true,
            _ => {}
        }
    }

    /// A brace that doesn't open a quantifier is a brace.
    fn brace(&mut self) {
        let mut ahead = 0;
        while matches!(self.peek(ahead), Some('0'..='9' | ',')) {
            ahead += 1;
        }
        let quantifier = ahead > 0 && self.peek(0) != Some(',') && self.peek(ahead) == Some('}');
        if !quantifier {
            return self.literal('{');
        }
        self.out.push('{');
        for _ in 0..=ahead {
            let next = self.next();
            self.out.extend(next);
        }
    }

    fn escape(&mut self, in_class: bool) -> Option<()> {
        let letter = self.next()?;
        match letter {
            'd' => self.set("0-9", in_class),
            'w' => self.set("A-Za-z0-9_", in_class),
            's' => self.set(BLANKS, in_class),
            'D' => self.out.push_str("[^0-9]"),
            'W' => self.out.push_str("[^A-Za-z0-9_]"),
            'S' => self.out.push_str(&format!("[^{BLANKS}]")),
            'b' if in_class => self.out.push_str(r"\x08"),
            'b' => self.out.push_str(r"(?-u:\b)"),
            'B' => self.out.push_str(r"\B"),
            't' | 'n' | 'r' => {
                self.out.push('\\');
                self.out.push(letter);
            }
            'v' => self.out.push_str(r"\x0B"),
            'f' => self.out.push_str(r"\x0C"),
            '0' if !matches!(self.peek(0), Some('0'..='9')) => self.out.push_str(r"\x00"),
            'u' => self.code(4, 'u'),
            'x' => self.code(2, 'x'),
            'c' if self.peek(0).is_some_and(|c| c.is_ascii_alphabetic()) => {
                let control = u32::from(self.next()?) % 32;
                self.out.push_str(&format!(r"\x{{{control:x}}}"));
            }
            '1'..='9' if !in_class => {
                self.backtracking = true;
                self.out.push('\\');
                self.out.push(letter);
            }
            'k' if self.peek(0) == Some('<') => {
                self.backtracking = true;
                self.out.push_str(r"\k");
            }
            _ => self.literal(letter),
        }
        Some(())
    }

    fn set(&mut self, content: &str, in_class: bool) {
        if in_class {
            self.out.push_str(content);
        } else {
            self.out.push('[');
            self.out.push_str(content);
            self.out.push(']');
        }
    }

    /// A character by its number, of exactly so many hexadecimal digits; otherwise the letter itself.
    fn code(&mut self, digits: usize, letter: char) {
        match self.hexadecimal(0, digits) {
            Some(high @ 0xd800..=0xdbff) if digits == 4 => {
                // Two halves of one character.
                let low =
                    (self.peek(4) == Some('\\') && self.peek(5) == Some('u')).then(|| self.hexadecimal(6, 4));
                let Some(Some(low @ 0xdc00..=0xdfff)) = low else { return self.skip_lone(digits) };
                self.at += 10;
                let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                self.out.push_str(&format!(r"\x{{{code:x}}}"));
            }
            Some(0xdc00..=0xdfff) if digits == 4 => self.skip_lone(digits),
            Some(code) => {
                self.at += digits;
                self.out.push_str(&format!(r"\x{{{code:x}}}"));
            }
            None => self.literal(letter),
        }
    }

    /// Half a character matches nothing here: no text has one.
    fn skip_lone(&mut self, digits: usize) {
        self.at += digits;
        self.out.push_str(r"\x{fffd}");
    }

    fn hexadecimal(&self, from: usize, digits: usize) -> Option<u32> {
        let text: Option<String> = (from..from + digits).map(|ahead| self.peek(ahead)).collect();
        text.filter(|text| text.chars().all(|c| c.is_ascii_hexdigit()))
            .and_then(|t| u32::from_str_radix(&t, 16).ok())
    }

    fn class(&mut self) -> Option<()> {
        let negated = self.peek(0) == Some('^');
        if negated {
            self.at += 1;
        }
        if self.peek(0) == Some(']') {
            self.at += 1;
            self.out.push_str(if negated { r"[\s\S]" } else { r"[^\s\S]" });
            return Some(());
        }
        self.out.push_str(if negated { "[^" } else { "[" });
        loop {
            match self.next()? {
                ']' => break,
                '\\' => self.escape(true)?,
                '-' => self.dash(),
                c @ ('[' | '&' | '~' | '^') => {
                    self.out.push('\\');
                    self.out.push(c);
                }
                c => self.out.push(c),
            }
        }
        self.out.push(']');
        Some(())
    }

    /// A dash at an end of a class, or next to a class within it, is a dash.
    fn dash(&mut self) {
        let after_set = self.at >= 3
            && self.rest[self.at - 3] == '\\'
            && matches!(self.rest[self.at - 2], 'd' | 'w' | 's' | 'D' | 'W' | 'S');
        let before_set =
            self.peek(0) == Some('\\') && matches!(self.peek(1), Some('d' | 'w' | 's' | 'D' | 'W' | 'S'));
        let at_end = self.peek(0) == Some(']') || self.out.ends_with('[') || self.out.ends_with("[^");
        self.out.push_str(if after_set || before_set || at_end { r"\-" } else { "-" });
    }
}
