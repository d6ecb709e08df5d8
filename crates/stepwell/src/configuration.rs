//! The configuration file: TOML, with a key for every option of `serve`, spelled as the option is.
//!
//! What the file says are defaults for the command line, so that an option, or else its environment variable, goes before it, and
//! every value is checked by the rules of its option. A key that is no option is refused, with its line.

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command};
use std::path::{Path, PathBuf};
use toml_edit::{Document, Item, Value};

use crate::failure::{Failure, Outcome};
use crate::serve::Serve;

/// Options that are about the file itself, and those that clap brings.
const NOT_IN_THE_FILE: [&str; 4] = ["config", "print_config", "help", "version"];
/// A name that is less alike isn't what was meant.
const ALIKE: f64 = 0.6;

/// A file that was read.
pub struct File {
    path: PathBuf,
    keys: Vec<Key>,
}

/// A key of the file with its values: one, unless the option may be repeated.
struct Key {
    /// The option's, as clap names it.
    id: String,
    values: Vec<String>,
}

/// The options of `serve` that a file may set, in the order of `--help`.
pub fn options() -> Vec<clap::Arg> {
    let command = Serve::augment_args(Command::new("serve"));
    command
        .get_arguments()
        .filter(|option| !NOT_IN_THE_FILE.contains(&option.get_id().as_str()))
        .cloned()
        .collect()
}

/// What the command line, the environment and the file say together.
///
/// # Errors
/// If the file can't be read or says what no option understands.
pub fn matches(command: Command, arguments: Vec<std::ffi::OsString>) -> Outcome<(ArgMatches, Option<File>)> {
    let matches = command.clone().get_matches_from(&arguments);
    let path = matches.subcommand_matches("serve").and_then(|serve| serve.get_one::<PathBuf>("config"));
    let Some(path) = path else { return Ok((matches, None)) };
    let file = File::read(path)?;
    let command = command.mut_subcommand("serve", |serve| file.as_defaults(serve));
    Ok((command.get_matches_from(arguments), Some(file)))
}

impl File {
    fn read(path: &Path) -> Outcome<File> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| Failure::Unreadable { path: path.to_owned(), source })?;
        File::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Outcome<File> {
        let document = Document::parse(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            Failure::told(format!("`{}` line {line}: {}", path.display(), error.message()))
        })?;
        let options = options();
        let mut keys = Vec::new();
        for (name, item) in document.iter() {
            let span = document.key(name).and_then(toml_edit::Key::span);
            let line = span.map_or(1, |span| line_of(text, span.start));
            let told = |what: String| Failure::told(format!("`{}` line {line}: {what}", path.display()));
            let option = options.iter().find(|option| option.get_long() == Some(name));
            let option = option.ok_or_else(|| told(unknown(name, &options)))?;
            let values = values(item)
                .ok_or_else(|| told(format!("`{name}` takes a text, a number, true or false, or a list")))?;
            check(name, &values).map_err(told)?;
            keys.push(Key { id: option.get_id().to_string(), values });
        }
        Ok(File { path: path.to_owned(), keys })
    }

    fn as_defaults(&self, serve: Command) -> Command {
        self.keys.iter().fold(serve, |serve, key| {
            serve.mut_arg(&key.id, |option| option.default_values(key.values.clone()))
        })
    }

    fn has(&self, id: &str) -> bool {
        self.keys.iter().any(|key| key.id == id)
    }
}

/// The configuration in force, as a file that would say the same, with where each value comes from.
pub fn printed(matches: &ArgMatches, file: Option<&File>) -> String {
    let mut text = String::new();
    for option in options() {
        let (id, name) = (option.get_id().as_str(), option.get_long().unwrap_or_default());
        let Some(raw) = matches.get_raw(id) else {
            text.push_str(&format!("# {name} is not set\n"));
            continue;
        };
        let raw: Vec<_> = raw.map(|value| value.to_string_lossy().into_owned()).collect();
        let value = match raw.as_slice() {
            [one] if !may_be_repeated(&option) => written(&option, one),
            several => {
                let several = several.iter().map(|value| written(&option, value)).collect::<Vec<_>>();
                format!("[{}]", several.join(", "))
            }
        };
        let source = match matches.value_source(id) {
            Some(ValueSource::CommandLine) => "command line".to_owned(),
            Some(ValueSource::EnvVariable) => "environment".to_owned(),
            _ => match file.filter(|file| file.has(id)) {
                Some(file) => format!("`{}`", file.path.display()),
                None => "default".to_owned(),
            },
        };
        text.push_str(&format!("{name} = {value} # {source}\n"));
    }
    text
}

fn written(option: &clap::Arg, value: &str) -> String {
    let is_switch = option.get_value_parser().type_id() == std::any::TypeId::of::<bool>();
    match is_switch {
        true => value.to_ascii_lowercase(),
        false => Value::from(value).to_string(),
    }
}

fn may_be_repeated(option: &clap::Arg) -> bool {
    matches!(option.get_action(), clap::ArgAction::Append)
}

fn values(item: &Item) -> Option<Vec<String>> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.value().clone()),
        Value::Integer(number) => Some(number.value().to_string()),
        Value::Float(number) => Some(number.value().to_string()),
        Value::Boolean(truth) => Some(truth.value().to_string()),
        Value::Datetime(_) | Value::Array(_) | Value::InlineTable(_) => None,
    };
    match item.as_value()? {
        Value::Array(list) => list.iter().map(one).collect(),
        value => one(value).map(|value| vec![value]),
    }
}

/// Whether the option takes these values; it says itself why not.
fn check(name: &str, values: &[String]) -> Result<(), String> {
    let options = values.iter().map(|value| format!("--{name}={value}"));
    let command = Serve::augment_args(Command::new("serve"));
    let checked = command.try_get_matches_from(std::iter::once("serve".to_owned()).chain(options));
    checked.map(drop).map_err(|error| {
        let text = error.to_string();
        text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
    })
}

fn unknown(name: &str, options: &[clap::Arg]) -> String {
    let names = options.iter().filter_map(clap::Arg::get_long);
    let alike = |other: &str| strsim::jaro_winkler(&name.replace('_', "-"), other);
    let nearest = names.max_by(|a, b| alike(a).total_cmp(&alike(b))).filter(|other| alike(other) >= ALIKE);
    match nearest {
        Some(nearest) => format!("`{name}` is no option of `serve`; `{nearest}` is meant, perhaps"),
        None => format!("`{name}` is no option of `serve`"),
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Outcome<File> {
        File::parse(Path::new("stepwell.toml"), text)
    }

    /// The matches of a command line over a file.
    fn matched(text: &str, arguments: &[&str]) -> (ArgMatches, File) {
        let file = parse(text).unwrap_or_else(|failure| panic!("{text}: {}", failure.line()));
        let command = file.as_defaults(Serve::augment_args(Command::new("serve")));
        (command.try_get_matches_from([&["serve"], arguments].concat()).unwrap(), file)
    }

    /// A value that the option takes and that isn't its default.
    fn sample(option: &clap::Arg) -> String {
        let possible = option.get_possible_values();
        let name = option.get_long().unwrap();
        match possible.last() {
            _ if option.get_value_parser().type_id() == std::any::TypeId::of::<bool>() => "true".to_owned(),
            Some(possible) => possible.get_name().to_owned(),
            None => {
                let samples = ["127.0.0.1:1", "7d", "7", "x", "dynamodb=http://x"].map(str::to_owned);
                samples.into_iter().find(|sample| check(name, std::slice::from_ref(sample)).is_ok()).unwrap()
            }
        }
    }

    #[test]
    fn every_option_can_be_set_in_the_file_and_is_documented() {
        let page = include_str!("../../../docs/command-line.md");
        let options = options();
        assert!(options.len() > 10);
        for option in options {
            let (id, name) = (option.get_id().as_str(), option.get_long().unwrap());
            let value = sample(&option);
            let (matches, file) = matched(&format!("{name} = {}", written(&option, &value)), &[]);
            let raw: Vec<_> = matches.get_raw(id).unwrap().collect();
            assert_eq!(raw, [value.as_str()], "{name}");
            assert!(printed(&matches, Some(&file)).contains("# `stepwell.toml`"), "{name}");
            assert!(
                page.contains(&format!("| `--{name}`")),
                "docs/command-line.md has no row for `--{name}`"
            );
        }
    }

    #[test]
    fn the_command_line_goes_before_the_file_whichever_way_it_goes() {
        let text = "listen = '127.0.0.1:1'\nhost = ['a', 'b']\noffline = true";
        let (matches, file) = matched(text, &["--listen", "127.0.0.1:2", "--offline=false"]);
        let printed = printed(&matches, Some(&file));
        for line in [
            "listen = \"127.0.0.1:2\" # command line",
            "host = [\"a\", \"b\"] # `stepwell.toml`",
            "offline = false # command line",
            "auth = \"off\" # default",
            "# tls-cert is not set",
        ] {
            assert!(printed.lines().any(|printed| printed == line), "{line}\nis not in\n{printed}");
        }
        // What is printed is a file that says the same.
        let again = matched(&printed, &[]).0;
        assert_eq!(again.get_raw("listen").unwrap().collect::<Vec<_>>(), ["127.0.0.1:2"]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let cases = [
            ("\nlissten = 'x'", "line 2: `lissten` is no option of `serve`; `listen` is meant, perhaps"),
            ("data_dir = 'x'", "line 1: `data_dir` is no option of `serve`; `data-dir` is meant, perhaps"),
            ("zzz = 1", "line 1: `zzz` is no option of `serve`"),
            ("config = 'x'", "`config` is no option of `serve`"),
            ("\n\nlisten = 7", "line 3: invalid value '7' for '--listen <ADDRESS>'"),
            ("auth = 'maybe'", "line 1: invalid value 'maybe'"),
            ("offline = 'perhaps'", "line 1: invalid value 'perhaps'"),
            ("[listen]\na = 1", "line 1: `listen` takes a text"),
            ("listen = ", "line 1: "),
            ("host = 'a'\nhost = 'b'", "line 2: duplicate key"),
        ];
        for (text, expected) in cases {
            let line = parse(text).err().unwrap_or_else(|| panic!("{text} is accepted")).line();
            assert!(line.contains(expected) && line.starts_with("`stepwell.toml` line "), "{text}: {line}");
        }
    }
}
