//! The findings of `doctor`, one line per check.

use std::io::{self, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::json::to_json;
use super::{Output, clean, ignore_closed_pipe};
use crate::error::Result;
use crate::model::Finding;
use crate::secret;

#[derive(Serialize)]
struct FindingJson<'a> {
    check: &'static str,
    ok: bool,
    /// Whether the message is a warning.
    warning: bool,
    message: &'a str,
    /// The command that fixes it.
    #[serde(rename = "mend")]
    fix: Option<&'a str>,
}

impl Output {
    /// Prints the findings; with --quiet only the failed checks.
    ///
    /// # Errors
    /// When stdout can't be written.
    pub(crate) fn findings(&self, findings: &[Finding]) -> Result<()> {
        let is_shown = |finding: &&Finding| !self.quiet || !finding.is_ok();
        let findings = findings.iter().filter(is_shown);
        if self.wants_json() {
            let objects: Vec<_> = findings.map(in_json).collect();
            return ignore_closed_pipe(self.line(&to_json(&objects)));
        }
        let mut out = AutoStream::new(io::stdout().lock(), self.colors.stdout);
        let mut findings = findings;
        let written = findings.try_for_each(|finding| writeln!(out, "{}", line(finding)));
        ignore_closed_pipe(written.and_then(|()| out.flush()))
    }
}

fn in_json(finding: &Finding) -> FindingJson<'_> {
    FindingJson {
        check: finding.check,
        ok: finding.is_ok(),
        warning: finding.is_warning,
        message: &finding.fact,
        fix: finding.fix.as_deref(),
    }
}

fn line(finding: &Finding) -> String {
    let (label, color) = match (finding.is_ok(), finding.is_warning) {
        (true, false) => ("ok  ", AnsiColor::Green),
        (true, true) => ("warn", AnsiColor::Yellow),
        (false, _) => ("FAIL", AnsiColor::Red),
    };
    let style = Style::new().bold().fg_color(Some(color.into()));
    let mut text = finding.fact.clone();
    if let Some(command) = &finding.fix {
        text += &format!("; fix it with: {command}");
    }
    let text = clean::line(&secret::redact(&text)).into_owned();
    format!("{style}{label}{style:#}  {:<12}  {text}", finding.check)
}
