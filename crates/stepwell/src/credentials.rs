//! With whose key requests are signed, and in which region: found where AWS's own tools look, in their order.
//!
//! A server without required signatures takes any key, so that there need be none at all.

use std::path::PathBuf;

use crate::failure::{Failure, Outcome};
use crate::options::Options;
use crate::profiles::{Kind, Profiles};

const DEFAULT_REGION: &str = "us-east-1";
/// What the field's tools sign with where signatures don't matter.
const NO_KEY: &str = "test";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: Option<String>,
    pub region: String,
}

/// The environment and the files, so that tests bring their own.
struct Sources<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    credentials: Profiles,
    config: Profiles,
}

/// The identity that the options, this process's environment and its user's files give.
pub fn identity(options: &Options) -> Outcome<Identity> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let path = |name: &str, file: &str| {
        variable(name).map(PathBuf::from).or_else(|| Some(std::env::home_dir()?.join(".aws").join(file)))
    };
    let sources = Sources {
        credentials: Profiles::load(path("AWS_SHARED_CREDENTIALS_FILE", "credentials"), Kind::Credentials)?,
        config: Profiles::load(path("AWS_CONFIG_FILE", "config"), Kind::Config)?,
        variable: &variable,
    };
    choose(options, &sources)
}

fn choose(options: &Options, sources: &Sources<'_>) -> Outcome<Identity> {
    let variable = sources.variable;
    let named = options.profile.clone().or_else(|| variable("AWS_PROFILE"));
    let profile = named.as_deref().unwrap_or("default");
    let setting = |name: &str| {
        sources
            .credentials
            .setting(profile, name)
            .or_else(|| sources.config.setting(profile, name))
            .map(str::to_owned)
    };
    let region = options.region.clone();
    let region = region.or_else(|| variable("AWS_REGION")).or_else(|| variable("AWS_DEFAULT_REGION"));
    let region = region.or_else(|| setting("region")).unwrap_or_else(|| DEFAULT_REGION.to_owned());
    let from_environment = (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"));
    // A profile that is asked for on the command line goes before the environment's key.
    if let ((Some(access_key_id), Some(secret_access_key)), None) = (from_environment, &options.profile) {
        let session_token = variable("AWS_SESSION_TOKEN");
        return Ok(Identity { access_key_id, secret_access_key, session_token, region });
    }
    match (setting("aws_access_key_id"), setting("aws_secret_access_key")) {
        (Some(access_key_id), Some(secret_access_key)) => Ok(Identity {
            access_key_id,
            secret_access_key,
            session_token: setting("aws_session_token"),
            region,
        }),
        (None, None) if named.is_none() => Ok(Identity {
            access_key_id: NO_KEY.to_owned(),
            secret_access_key: NO_KEY.to_owned(),
            session_token: None,
            region,
        }),
        _ => Err(Failure::told(format!(
            "the profile `{profile}` has no aws_access_key_id with an aws_secret_access_key"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREDENTIALS: &str = "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = s1\nregion = eu-west-1\n\
        [work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = s2\naws_session_token = t2\n\
        [half]\naws_access_key_id = AKIAHALF\n";
    const CONFIG: &str = "[profile work]\nregion = us-west-2\n[profile bare]\nregion = x\n";

    fn chosen(
        profile: Option<&str>,
        region: Option<&str>,
        variables: &[(&str, &str)],
        credentials: &str,
    ) -> Result<String, String> {
        let variable =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let sources = Sources {
            variable: &variable,
            credentials: Profiles::parse(credentials, Kind::Credentials),
            config: Profiles::parse(CONFIG, Kind::Config),
        };
        let options = Options {
            profile: profile.map(str::to_owned),
            region: region.map(str::to_owned),
            ..Options::default()
        };
        let Identity { access_key_id, secret_access_key, session_token, region } =
            choose(&options, &sources).map_err(|failure| failure.line())?;
        Ok(format!("{access_key_id} {secret_access_key} {} {region}", session_token.unwrap_or_default()))
    }

    #[test]
    fn keys_are_found_in_the_order_of_aws_tools() {
        const KEY: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "s0")];
        let with = |more: &[(&'static str, &'static str)]| [KEY.as_slice(), more].concat();
        let cases: Vec<(_, _, Vec<(&str, &str)>, _, _)> = vec![
            (None, None, vec![], "", Ok("test test  us-east-1")),
            (None, None, vec![], CREDENTIALS, Ok("AKIADEFAULT s1  eu-west-1")),
            (None, None, with(&[]), CREDENTIALS, Ok("AKIAENV s0  eu-west-1")),
            (None, None, vec![("AWS_ACCESS_KEY_ID", "x")], CREDENTIALS, Ok("AKIADEFAULT s1  eu-west-1")),
            (None, None, with(&[("AWS_SESSION_TOKEN", "t")]), "", Ok("AKIAENV s0 t us-east-1")),
            (Some("work"), None, with(&[]), CREDENTIALS, Ok("AKIAWORK s2 t2 us-west-2")),
            (None, None, vec![("AWS_PROFILE", "work")], CREDENTIALS, Ok("AKIAWORK s2 t2 us-west-2")),
            (None, Some("r"), with(&[("AWS_REGION", "e")]), CREDENTIALS, Ok("AKIAENV s0  r")),
            (None, None, vec![("AWS_DEFAULT_REGION", "d"), ("AWS_REGION", "e")], "", Ok("test test  e")),
            (None, None, vec![("AWS_DEFAULT_REGION", "d")], CREDENTIALS, Ok("AKIADEFAULT s1  d")),
            (
                Some("gone"),
                None,
                with(&[]),
                CREDENTIALS,
                Err("the profile `gone` has no aws_access_key_id with an aws_secret_access_key"),
            ),
            (
                Some("half"),
                None,
                vec![],
                CREDENTIALS,
                Err("the profile `half` has no aws_access_key_id with an aws_secret_access_key"),
            ),
        ];
        for (profile, region, variables, credentials, expected) in cases {
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(
                chosen(profile, region, &variables, credentials),
                expected,
                "{profile:?} {variables:?}"
            );
        }
    }
}
