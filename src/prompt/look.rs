//! One look for the prompts of dialoguer and the menus of inquire. `output` decides whether they
//! have colours.

use std::fmt;

use dialoguer::console::style;
use dialoguer::theme::Theme;
use inquire::ui::{Attributes, Color, ErrorMessageRenderConfig, RenderConfig, StyleSheet, Styled};

/// The mark before every prompt.
const MARK: &str = "?";

/// The look of dialoguer's prompts.
pub(super) struct PromptTheme;

impl PromptTheme {
    fn styled(prompt: &str) -> String {
        let mark = style(MARK).for_stderr().green();
        let prompt = format!("{prompt}:");
        format!("{mark} {}", style(prompt).for_stderr().bold())
    }
}

impl Theme for PromptTheme {
    fn format_prompt(&self, f: &mut dyn fmt::Write, prompt: &str) -> fmt::Result {
        f.write_str(&Self::styled(prompt))
    }

    fn format_error(&self, f: &mut dyn fmt::Write, err: &str) -> fmt::Result {
        write!(f, "{} {err}", style("error:").for_stderr().bold().red())
    }

    fn format_input_prompt(
        &self,
        f: &mut dyn fmt::Write,
        prompt: &str,
        default: Option<&str>,
    ) -> fmt::Result {
        match default {
            Some(default) => write!(f, "{} ", Self::styled(&format!("{prompt} [{default}]"))),
            None => write!(f, "{} ", Self::styled(prompt)),
        }
    }

    fn format_input_prompt_selection(
        &self,
        f: &mut dyn fmt::Write,
        prompt: &str,
        answer: &str,
    ) -> fmt::Result {
        let answer = style(answer).for_stderr().cyan();
        write!(f, "{} {answer}", Self::styled(prompt))
    }
}

/// Returns the look of inquire's menus.
pub(super) fn menu_config() -> RenderConfig<'static> {
    let bold = StyleSheet::new().with_attr(Attributes::BOLD);
    let cyan = StyleSheet::new().with_fg(Color::DarkCyan);
    let mark = Styled::new(MARK).with_fg(Color::DarkGreen);
    let error = Styled::new("error:")
        .with_fg(Color::DarkRed)
        .with_attr(Attributes::BOLD);
    RenderConfig {
        prompt_prefix: mark,
        answered_prompt_prefix: mark,
        prompt: bold,
        answer: cyan,
        canceled_prompt_indicator: Styled::new(""),
        error_message: ErrorMessageRenderConfig::empty().with_prefix(error),
        highlighted_option_prefix: Styled::new(">").with_fg(Color::DarkCyan),
        scroll_up_prefix: Styled::new("^"),
        scroll_down_prefix: Styled::new("v"),
        selected_option: Some(cyan),
        selected_checkbox: Styled::new("[x]").with_fg(Color::DarkGreen),
        unselected_checkbox: Styled::new("[ ]"),
        ..RenderConfig::empty()
    }
}
