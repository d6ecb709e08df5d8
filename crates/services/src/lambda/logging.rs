//! A function's logging configuration: levels exist only with the format `JSON`, and leave with it.

use crate::lambda::model::Logging;
use crate::lambda::settings::LoggingConfig;
use stepwell_wire::constraints::{Constraints, Pattern};

static GROUP: Pattern = Pattern::new(r"[\.\-_/#A-Za-z0-9]+");

/// What a function has that was never asked.
#[must_use]
pub fn default(function: &str) -> Logging {
    Logging {
        format: "Text".to_owned(),
        application_level: None,
        system_level: None,
        group: format!("/aws/lambda/{function}"),
    }
}

pub fn constrain(constraints: &mut Constraints, given: &LoggingConfig) {
    if let Some(format) = &given.log_format {
        constraints.one_of("loggingConfig.logFormat", format, &["JSON", "Text"]);
    }
    if let Some(level) = &given.application_log_level {
        let levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
        constraints.one_of("loggingConfig.applicationLogLevel", level, &levels);
    }
    if let Some(level) = &given.system_log_level {
        constraints.one_of("loggingConfig.systemLogLevel", level, &["DEBUG", "INFO", "WARN"]);
    }
    if let Some(group) = &given.log_group {
        constraints.length("loggingConfig.logGroup", group, 1..=512);
        constraints.pattern("loggingConfig.logGroup", group, &GROUP);
    }
}

/// Changes what is given and leaves the rest.
pub fn apply(given: &LoggingConfig, logging: &mut Logging) {
    if let Some(format) = &given.log_format {
        logging.format.clone_from(format);
    }
    if let Some(group) = &given.log_group {
        logging.group.clone_from(group);
    }
    if logging.format != "JSON" {
        logging.application_level = None;
        logging.system_level = None;
        return;
    }
    let level = |given: &Option<String>, before: &Option<String>| {
        given.clone().or_else(|| before.clone()).or_else(|| Some("INFO".to_owned()))
    };
    logging.application_level = level(&given.application_log_level, &logging.application_level);
    logging.system_level = level(&given.system_log_level, &logging.system_level);
}
