//! From one run to several beside each other.

use faultline::labs::{Setup, Witness};
use faultline::play::compare::Request;
use faultline::play::script::read_with;

use crate::ui::state::Sheet;

use super::LabPage;

impl LabPage {
    /// Shows the runs that are kept beside each other; if there is only one, asks what to compare with.
    pub fn compare_runs(&mut self) {
        match Request::of_runs(&mut self.session) {
            Some(request) => self.show_comparison(request),
            None => self.open_sheet(Some(Sheet::Compare)),
        }
    }

    /// Shows another set-up beside the present one: on what happened here, or on a witness's script.
    pub fn compare_with(&mut self, setup: Setup, witness: Option<&'static Witness>) {
        let script = match witness {
            None => Ok(self.session.story()),
            Some(witness) => read_with(witness.script, &[self.session.lab()]),
        };
        match script {
            Ok(script) => {
                let mut other = setup;
                if witness.is_some() {
                    // The script's own set-up is the one on which it tells the two apart.
                    let variant = other.variant().name;
                    other = script.setup.clone();
                    let chosen = other.set_variant(variant);
                    debug_assert!(chosen.is_ok(), "it is a variant of the same lab");
                }
                self.show_comparison(Request::of_setups(&script, &[script.setup.clone(), other]));
            }
            Err(why) => self.complain(&why.to_string()),
        }
    }

    fn show_comparison(&mut self, request: Request) {
        self.pause();
        self.sheet = None;
        self.toast = None;
        // Stage and diagram leave the page; when they are back, they are watched anew.
        self.watches = None;
        self.compare = Some(request);
    }
}
