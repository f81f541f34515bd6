//! The seam between a lab page and the host of the frame that it stands in.

use std::rc::Rc;

use faultline::play::Session;
use faultline::sim::Input;

use crate::ui::state::Msg;

use super::LabPage;

/// Whoever has the page in a frame. Nobody, unless it is embedded.
pub trait Host {
    /// The page is there: what it can be told, and its session, which may be sent to another place.
    fn begins(&self, page: yew::Callback<Msg>, session: &mut Session);

    /// What a message of the host asks of the page, to be done in this order. What it asks of the
    /// session alone is answered at once.
    fn hear(&self, message: &str, session: &mut Session) -> Vec<Msg>;

    /// Something was done, or time has passed: the host is told what it wants to know.
    fn after(&self, session: &mut Session, playing: bool);

    /// Why this may not be done here, if it may not.
    fn forbids(&self, input: &Input) -> Option<String>;
}

impl LabPage {
    pub fn greet_host(&mut self) {
        if let Some(host) = &self.host {
            host.0.begins(self.dispatch.clone(), &mut self.session);
        }
    }

    pub fn tell_host(&mut self) {
        let playing = self.is_playing();
        if let Some(host) = &self.host {
            host.0.after(&mut self.session, playing);
        }
    }

    /// Why this may not be done here, if it may not.
    pub fn forbidden(&self, input: &Input) -> Option<String> {
        self.host.as_ref().and_then(|host| host.0.forbids(input))
    }
}

/// A host, compared by identity.
#[derive(Clone)]
pub struct HostRef(pub Rc<dyn Host>);

impl PartialEq for HostRef {
    fn eq(&self, other: &HostRef) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}
