//! Numbers in English words, both ways; Roman numerals and letters as numbers.

const FEW: [&str; 20] = [
    "Zero",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
    "Thirteen",
    "Fourteen",
    "Fifteen",
    "Sixteen",
    "Seventeen",
    "Eighteen",
    "Nineteen",
];
const ORDINALS: [&str; 20] = [
    "Zeroth",
    "First",
    "Second",
    "Third",
    "Fourth",
    "Fifth",
    "Sixth",
    "Seventh",
    "Eighth",
    "Ninth",
    "Tenth",
    "Eleventh",
    "Twelfth",
    "Thirteenth",
    "Fourteenth",
    "Fifteenth",
    "Sixteenth",
    "Seventeenth",
    "Eighteenth",
    "Nineteenth",
];
const DECADES: [&str; 9] =
    ["Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety", "Hundred"];
const MAGNITUDES: [&str; 4] = ["Thousand", "Million", "Billion", "Trillion"];

pub(super) fn in_words(number: f64, ordinal: bool) -> String {
    let mut words = String::new();
    write_words(number, false, ordinal, &mut words);
    words
}

fn write_words(number: f64, follows: bool, ordinal: bool, out: &mut String) {
    if number <= 19.0 {
        out.push_str(if follows { " and " } else { "" });
        out.push_str((if ordinal { ORDINALS } else { FEW })[number.max(0.0) as usize]);
    } else if number < 100.0 {
        out.push_str(if follows { " and " } else { "" });
        out.push_str(DECADES[(number / 10.0) as usize - 2]);
        let remainder = number % 10.0;
        if remainder > 0.0 {
            out.push('-');
            write_words(remainder, false, ordinal, out);
        } else if ordinal {
            out.pop();
            out.push_str("ieth");
        }
    } else if number < 1000.0 {
        out.push_str(if follows { ", " } else { "" });
        out.push_str(FEW[(number / 100.0) as usize]);
        out.push_str(" Hundred");
        finish_words(number % 100.0, ordinal, out);
    } else {
        let magnitude = ((number.log10() / 3.0).floor() as usize).clamp(1, MAGNITUDES.len());
        let factor = 10f64.powi(magnitude as i32 * 3);
        let mantissa = (number / factor).floor();
        out.push_str(if follows { ", " } else { "" });
        write_words(mantissa, false, false, out);
        out.push(' ');
        out.push_str(MAGNITUDES[magnitude - 1]);
        finish_words(number - mantissa * factor, ordinal, out);
    }
}

fn finish_words(remainder: f64, ordinal: bool, out: &mut String) {
    if remainder > 0.0 {
        write_words(remainder, true, ordinal, out);
    } else if ordinal {
        out.push_str("th");
    }
}

/// What a word stands for, in lower case.
fn word_value(word: &str) -> Option<f64> {
    let among = |words: &[&str]| words.iter().position(|known| known.eq_ignore_ascii_case(word));
    if let Some(index) = among(&FEW).or_else(|| among(&ORDINALS)) {
        return Some(index as f64);
    }
    let stem = word.strip_suffix("ieth").map(|stem| format!("{stem}y"));
    let decade = |word: &str| DECADES.iter().position(|known| known.eq_ignore_ascii_case(word));
    if let Some(index) = decade(word).or_else(|| stem.as_deref().and_then(decade)) {
        return Some((index as f64 + 2.0) * 10.0);
    }
    if word == "hundredth" {
        return Some(100.0);
    }
    let cardinal = word.strip_suffix("th").unwrap_or(word);
    let index = MAGNITUDES.iter().position(|known| known.eq_ignore_ascii_case(cardinal))?;
    Some(10f64.powi((index as i32 + 1) * 3))
}

/// All the words that numbers are written with, as alternatives of a regular expression.
pub(super) fn word_pattern() -> String {
    let decades = DECADES.iter().map(|word| (*word).to_owned());
    let tenths = DECADES.iter().map(|word| format!("{}ieth", &word[..word.len() - 1]));
    let magnitudes = MAGNITUDES.iter().map(|word| format!("{word}th|{word}"));
    // The longer of two with the same beginning first would match more; JSONata has the shorter first.
    let all: Vec<String> = (FEW.iter().chain(&ORDINALS).map(|word| (*word).to_owned()))
        .chain(decades)
        .chain(tenths)
        .chain(["Hundredth".to_owned()])
        .chain(magnitudes)
        .chain(["and".to_owned(), "[\\-, ]".to_owned()])
        .collect();
    format!("(?:{})+", all.join("|").to_lowercase())
}

/// The number that words stand for; `NaN` when one of them is unknown.
pub(super) fn from_words(text: &str) -> f64 {
    let text = text.to_lowercase().replace(" and ", " ").replace(", ", " ");
    let mut segments = vec![0.0];
    for word in text.split(|c: char| c.is_whitespace() || c == '-' || c == '\\') {
        let value = word_value(word).unwrap_or(f64::NAN);
        let top = segments.pop().unwrap_or(0.0);
        if value < 100.0 {
            if top >= 1000.0 {
                segments.push(top);
                segments.push(value);
            } else {
                segments.push(top + value);
            }
        } else {
            segments.push(top * value);
        }
    }
    segments.iter().sum()
}

const ROMAN: [(f64, &str); 13] = [
    (1000.0, "m"),
    (900.0, "cm"),
    (500.0, "d"),
    (400.0, "cd"),
    (100.0, "c"),
    (90.0, "xc"),
    (50.0, "l"),
    (40.0, "xl"),
    (10.0, "x"),
    (9.0, "ix"),
    (5.0, "v"),
    (4.0, "iv"),
    (1.0, "i"),
];

/// As many characters as a thousandth of the number: the caller has paid for them.
pub(super) fn in_roman(number: f64) -> String {
    let mut left = number;
    let mut roman = String::new();
    for (value, numeral) in ROMAN {
        while left >= value {
            roman.push_str(numeral);
            left -= value;
        }
    }
    roman
}

pub(super) fn from_roman(roman: &str) -> f64 {
    let mut largest = 1.0;
    let mut sum = 0.0;
    for digit in roman.chars().rev() {
        let digit = digit.to_ascii_lowercase();
        let value = ROMAN.iter().find(|(_, numeral)| numeral.len() == 1 && numeral.starts_with(digit));
        match value.map(|(value, _)| *value) {
            Some(value) if value < largest => sum -= value,
            Some(value) => {
                largest = value;
                sum += value;
            }
            None => return f64::NAN,
        }
    }
    sum
}

/// `a` to `z`, then `aa` and so on.
pub(super) fn in_letters(number: f64, first: u8) -> String {
    let mut letters = Vec::new();
    let mut left = number;
    while left > 0.0 {
        letters.push(char::from(first + ((left - 1.0) % 26.0) as u8));
        left = ((left - 1.0) / 26.0).floor();
    }
    letters.into_iter().rev().collect()
}

pub(super) fn from_letters(letters: &str, first: u8) -> f64 {
    let digit = |letter: char| f64::from(u32::from(letter)) - f64::from(first) + 1.0;
    letters.chars().rev().enumerate().map(|(place, letter)| digit(letter) * 26f64.powi(place as i32)).sum()
}
