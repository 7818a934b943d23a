"""La vie conventionnelle : adhésion, instances, procédures, sanctions, observatoires."""
