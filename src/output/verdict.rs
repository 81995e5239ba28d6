//! What `verify` says.

use serde::Serialize;

use super::json::{KeyJson, to_json};
use super::{Output, cannot_write};
use crate::error::Result;
use crate::model::{Key, Refusal, Timestamp, Verdict};

#[derive(Serialize)]
struct VerdictJson<'a> {
    accepted: bool,
    reason: Option<&'static str>,
    message: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<KeyJson<'a>>,
}

impl Output {
    /// Tells a verdict: `accepted NAME` or `refused REASON`, as of `now`. `key`
    /// is the key whose secret was right; whoever doesn't hold one learns nothing of it.
    ///
    /// # Errors
    /// When stdout can't be written, a closed pipe included: a verdict that
    /// nobody got is none.
    pub(crate) fn verdict(
        &self,
        verdict: Verdict,
        key: Option<&Key>,
        now: Timestamp,
    ) -> Result<()> {
        let refused = match verdict {
            Verdict::Accepted => None,
            Verdict::Refused(reason) => Some(reason),
        };
        let line = if self.wants_json() {
            to_json(&VerdictJson {
                accepted: refused.is_none(),
                reason: refused.map(Refusal::as_str),
                message: refused.map_or("the key may be used", Refusal::message),
                key: key.map(|key| KeyJson::new(key, now)),
            })
        } else {
            match (refused, key) {
                (Some(reason), _) => format!("refused {reason}"),
                (None, Some(key)) => format!("accepted {}", key.name),
                (None, None) => "accepted".to_owned(),
            }
        };
        self.line(&line).map_err(|fault| cannot_write(&fault))
    }
}
