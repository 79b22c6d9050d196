"""What the database itself says about offers of development stores, whoever writes."""

import pgtrigger

TO_AN_OUTSIDER = pgtrigger.Trigger(
    name="handover_to_an_outsider",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func="""
        IF NEW.accepted_at IS NULL AND NOT EXISTS (
            SELECT FROM stores_store AS store
            WHERE store.id = NEW.store_id AND store.built_by_id = NEW.partner_id AND store.owner_id IS NULL
        ) THEN
            RAISE EXCEPTION 'only who builds a store that nobody owns offers it'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'handover_by_its_builder';
        END IF;
        IF NEW.accepted_at IS NULL AND EXISTS (
            SELECT FROM partners_membership AS member
            JOIN account_emailaddress AS address ON address.user_id = member.user_id AND address.verified
            WHERE member.partner_id = NEW.partner_id AND lower(address.email) = NEW.email
        ) THEN
            RAISE EXCEPTION 'a store is not handed over to the team that builds it'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'handover_to_an_outsider';
        END IF;
        RETURN NEW;
    """,
)

ANSWERED_ONCE = pgtrigger.Trigger(
    name="handover_answered_once",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    func="""
        IF COALESCE(OLD.accepted_at, OLD.declined_at, OLD.taken_back_at, OLD.lapsed_at) IS NOT NULL THEN
            RAISE EXCEPTION 'this offer was settled already'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'handover_answered_once';
        END IF;
        RETURN NEW;
    """,
)

ACCEPTED_BY_ITS_ADDRESS = pgtrigger.Trigger(
    name="handover_accepted_by_its_address",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Q(old__accepted_at__isnull=True, new__accepted_at__isnull=False),
    func="""
        IF NEW.accepted_at >= NEW.expires_at OR NOT EXISTS (
            SELECT FROM account_emailaddress AS address
            WHERE address.user_id = NEW.accepted_by_id AND address.verified AND lower(address.email) = NEW.email
        ) THEN
            RAISE EXCEPTION 'an offer is accepted in time, by whoever has shown that the address is theirs'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'handover_accepted_by_its_address';
        END IF;
        RETURN NEW;
    """,
)

TRIGGERS = [TO_AN_OUTSIDER, ANSWERED_ONCE, ACCEPTED_BY_ITS_ADDRESS]
