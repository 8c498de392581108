//! People and organisations: 2010AA, 2000B with 2010BA and 2010BB, 2000C.

use std::io::{self, Write};

use super::Emitter;
use crate::finding::ClaimKind;
use crate::generate::claim::{Claim, OtherPayer};
use crate::generate::people::{Address, BillingProvider, Person, Practitioner};

impl<W: Write> Emitter<'_, '_, W> {
    /// NM1 of an organisation.
    pub(super) fn organization(
        &mut self,
        entity: &str,
        name: &str,
        qualifier: &str,
        id: &[u8],
    ) -> io::Result<()> {
        self.out
            .segment("NM1")
            .element(entity)
            .element("2")
            .element(name)
            .skip(4)
            .element(qualifier)
            .element(id)
            .end()
    }

    /// NM1 of a practitioner with the NPI.
    pub(super) fn practitioner(&mut self, entity: &str, who: &Practitioner) -> io::Result<()> {
        self.out
            .segment("NM1")
            .element(entity)
            .element("1")
            .element(who.last)
            .element(who.first)
            .skip(3)
            .element("XX")
            .element(who.npi)
            .end()
    }

    /// PRV of the practitioner before.
    pub(super) fn taxonomy(&mut self, role: &str, code: &str) -> io::Result<()> {
        self.out
            .segment("PRV")
            .element(role)
            .element("PXC")
            .element(code)
            .end()
    }

    /// Any practitioner.
    pub(super) fn some_practitioner(&mut self) -> Practitioner {
        self.random.pick(&self.practitioners)
    }

    /// N3 and N4.
    pub(super) fn address(&mut self, address: Address) -> io::Result<()> {
        address.line(&mut self.scratch);
        self.out.segment("N3").element(&self.scratch).end()?;
        self.out
            .segment("N4")
            .element(address.city)
            .element(address.state)
            .element(address.zip)
            .end()
    }

    /// PRV, 2010AA.
    pub(super) fn billing_provider_loop(&mut self, provider: &BillingProvider) -> io::Result<()> {
        self.taxonomy("BI", provider.taxonomy)?;
        self.organization("85", provider.name, "XX", &provider.npi)?;
        provider.address.line(&mut self.scratch);
        self.out.segment("N3").element(&self.scratch).end()?;
        // Nine digits, as the guides want of a billing provider.
        self.scratch.clear();
        self.scratch
            .extend_from_slice(provider.address.zip.as_bytes());
        self.scratch.extend_from_slice(b"9998");
        self.out
            .segment("N4")
            .element(provider.address.city)
            .element(provider.address.state)
            .element(&self.scratch)
            .end()?;
        self.out
            .segment("REF")
            .element("EI")
            .element(provider.tax_id)
            .end()?;
        if self.random.chance(20) {
            self.out
                .segment("PER")
                .element("IC")
                .element("TEST BILLING OFFICE")
                .element("TE")
                .element("5555550123")
                .end()?;
        }
        Ok(())
    }

    /// SBR, 2010BA, 2010BB.
    pub(super) fn subscriber_loop(&mut self, claim: &Claim) -> io::Result<()> {
        let secondary = claim.other == OtherPayer::Paid;
        let payer = claim.payer;
        let medicare_secondary =
            secondary && payer.filing == "MB" && self.options.kind == ClaimKind::Professional;
        let group = matches!(payer.filing, "CI" | "BL") && self.random.chance(60);
        self.out
            .segment("SBR")
            .element(if secondary { "S" } else { "P" })
            .element(if claim.dependent.is_none() { "18" } else { "" })
            .element(if group { "GROUP001" } else { "" })
            .empty()
            .element(if medicare_secondary { "12" } else { "" })
            .skip(3)
            .element(payer.filing)
            .end()?;
        let subscriber = &claim.subscriber;
        self.person_with_id(subscriber)?;
        if claim.dependent.is_none() {
            self.address(subscriber.address)?;
            self.demographics(subscriber)?;
        }
        self.organization("PR", payer.name, "PI", payer.id.as_bytes())
    }

    /// NM1\*IL.
    pub(super) fn person_with_id(&mut self, person: &Person) -> io::Result<()> {
        self.out
            .segment("NM1")
            .element("IL")
            .element("1")
            .element(person.last)
            .element(person.first)
            .skip(3)
            .element("MI")
            .element(person.member_id)
            .end()
    }

    fn demographics(&mut self, person: &Person) -> io::Result<()> {
        self.out
            .segment("DMG")
            .element("D8")
            .element(person.birth)
            .element(if person.male { "M" } else { "F" })
            .end()
    }

    /// PAT, 2010CA.
    pub(super) fn patient_loop(&mut self, patient: &Person) -> io::Result<()> {
        self.out.segment("PAT").element("19").end()?;
        self.out
            .segment("NM1")
            .element("QC")
            .element("1")
            .element(patient.last)
            .element(patient.first)
            .end()?;
        self.address(patient.address)?;
        self.demographics(patient)
    }
}
