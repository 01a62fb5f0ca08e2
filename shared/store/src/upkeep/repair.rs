//! Repair of the totals and search words.

use domain::Channel;

use crate::Store;
use crate::channel::head;
use crate::projections::totals::Recount;
use crate::table::error::Error;
use crate::table::keys;
use crate::table::query::Consistency;

/// Most comparisons of the totals with a recount: a total that changes during one makes it void.
const MAX_CHECKS: u32 = 5;

/// What a repair found and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Checked channels.
    pub channels: u64,
    /// Totals that differed from the recount, and were corrected.
    pub sums: u64,
    /// Whether the totals changed during every comparison, so that none was valid.
    pub is_uncertain: bool,
}

impl Store {
    /// Brings totals and search words up to date with all channels, then corrects the totals that
    /// still differ, and removes those at zero. Safe while the shop is open.
    pub async fn repair(&self) -> Result<Repaired, Error> {
        let mut repaired = Repaired::default();
        self.scan(&self.layout().chat_table, async |items| {
            let heads = items.into_iter().filter(|item| keys::written_head(item).is_some());
            let heads = head::readable(heads);
            repaired.channels += heads.len() as u64;
            let people = heads.iter().map(|channel| channel.member_id.clone()).collect();
            self.fold(heads.iter().map(Channel::key).collect(), &people).await?;
            Ok(())
        })
        .await?;
        for _ in 0..MAX_CHECKS {
            let before = self.totals(Consistency::Strong).await?.sums();
            let mut recount = Recount::default();
            self.scan(&self.layout().chat_table, async |items| {
                recount.add(items);
                Ok(())
            })
            .await?;
            // A fold during the recount changes a total.
            if self.totals(Consistency::Strong).await?.sums() != before {
                continue;
            }
            let differences = recount.differences(&before);
            repaired.sums = differences.len() as u64;
            self.correct_totals(&differences).await?;
            for _ in 0..MAX_CHECKS {
                if self.forget_zeros(&self.totals(Consistency::Strong).await?).await? {
                    break;
                }
            }
            return Ok(repaired);
        }
        Ok(Repaired { is_uncertain: true, ..repaired })
    }
}
