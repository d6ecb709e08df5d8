//! AWS's shared files, `~/.aws/credentials` and `~/.aws/config`: sections of `name = value` lines. Read as leniently as
//! AWS's tools read them: what isn't understood is passed over, since other tools keep settings of their own there.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;

use crate::failure::{Failure, Outcome};

/// The config file writes `[profile name]` where the credentials file writes `[name]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Credentials,
    Config,
}

#[derive(Debug, Default)]
pub struct Profiles {
    settings: HashMap<(String, String), String>,
}

impl Profiles {
    /// A file that isn't there has no profiles.
    pub fn load(path: Option<PathBuf>, kind: Kind) -> Outcome<Profiles> {
        let Some(path) = path else { return Ok(Profiles::default()) };
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Profiles::parse(&String::from_utf8_lossy(&bytes), kind)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Profiles::default()),
            Err(source) => Err(Failure::Unreadable { path, source }),
        }
    }

    pub fn parse(text: &str, kind: Kind) -> Profiles {
        let mut settings = HashMap::new();
        let mut profile = None;
        for line in text.trim_start_matches('\u{feff}').lines() {
            if let Some(section) = line.trim().strip_prefix('[') {
                profile = section.split_once(']').and_then(|(name, _)| profile_name(name, kind));
            } else if let (Some(profile), Some((name, value))) = (&profile, setting(line)) {
                // The first of a profile's lines counts where a nested block repeats a name.
                settings.entry((String::clone(profile), name)).or_insert(value);
            }
        }
        Profiles { settings }
    }

    pub fn setting(&self, profile: &str, name: &str) -> Option<&str> {
        self.settings.get(&(profile.to_owned(), name.to_owned())).map(String::as_str)
    }
}

fn profile_name(section: &str, kind: Kind) -> Option<String> {
    let section = section.trim();
    let name = match kind {
        Kind::Credentials => section,
        Kind::Config if section == "default" => section,
        // `[sso-session x]` and the like are no profiles.
        Kind::Config => section.strip_prefix("profile")?.strip_prefix([' ', '\t'])?.trim(),
    };
    Some(name.trim_matches(['"', '\'']).to_owned())
}

/// Indented lines belong to a nested block, and are no settings of the profile.
fn setting(line: &str) -> Option<(String, String)> {
    if line.starts_with([' ', '\t', '#', ';']) {
        return None;
    }
    let (name, value) = line.split_once('=')?;
    let value = value.split(" #").next().unwrap_or(value).split(" ;").next().unwrap_or(value).trim();
    (!value.is_empty()).then(|| (name.trim().to_ascii_lowercase(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_aws_tools_read_them() {
        let text = "\u{feff}# comment\nregion = nowhere\r\n[ default ]\r\nAWS_Access_Key_Id=AKIA=x # mine\n; no\n\
            region =\n[profile a b]\nx = 1\nx = 2\ns3 =\n  x = 3\n[broken\ny = 1\n[]\nz=1\nnothing\n= 5\n";
        let profiles = Profiles::parse(text, Kind::Credentials);
        let cases = [
            ("default", "aws_access_key_id", Some("AKIA=x")),
            ("default", "region", None),
            ("profile a b", "x", Some("1")),
            ("profile a b", "y", None),
            ("", "z", Some("1")),
        ];
        for (profile, name, expected) in cases {
            assert_eq!(profiles.setting(profile, name), expected, "{profile} {name}");
        }
    }

    #[test]
    fn the_config_file_names_profiles_in_its_own_way() {
        let text = "[default]\nregion = a\n[profile work]\nregion = b\n[work]\nregion = c\n[profile\t\"q\"]\nregion = d\n\
            [profilex]\nregion = e\n[sso-session s]\nregion = f\n";
        let profiles = Profiles::parse(text, Kind::Config);
        let cases = [
            ("default", Some("a")),
            ("work", Some("b")),
            ("q", Some("d")),
            ("x", None),
            ("profilex", None),
            ("s", None),
        ];
        for (profile, expected) in cases {
            assert_eq!(profiles.setting(profile, "region"), expected, "{profile}");
        }
    }

    #[test]
    fn a_missing_file_is_empty_and_an_unreadable_one_is_told() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Profiles::load(Some(folder.path().join("none")), Kind::Config).unwrap().settings.is_empty());
        assert!(Profiles::load(None, Kind::Config).unwrap().settings.is_empty());
        let failure = Profiles::load(Some(folder.path().to_owned()), Kind::Config).unwrap_err();
        assert!(failure.line().starts_with("cannot read `"), "{}", failure.line());
    }
}
