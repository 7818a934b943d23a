// La page Coter : ce que le serveur ne peut pas faire. Le profil du médecin reste sur cet appareil ; le lien durable tient
// dans le fragment de l'adresse, que le navigateur n'envoie jamais.
(() => {
  "use strict";
  const PROFIL = "opposable.profil";
  const MEDECIN = ["medecin.specialite", "medecin.secteur", "medecin.option", "medecin.statut", "medecin.territoire"];
  const base = document.getElementById("base");
  if (!base) return;

  const champ = (nom) => base.elements.namedItem(nom);
  const envoyer = () => base.requestSubmit();
  const lire = (cle) => { try { return JSON.parse(localStorage.getItem(cle)); } catch { return null; } };

  // Chaque grand choix répond aussitôt ; la date et l'heure, quand on a fini de les écrire.
  base.addEventListener("change", (e) => { if (e.target.name !== "etat") { garder(); envoyer(); } });

  function garder() {
    const dit = Object.fromEntries(MEDECIN.map((nom) => [nom, champ(nom) ? champ(nom).value : ""]));
    try { localStorage.setItem(PROFIL, JSON.stringify(dit)); } catch { /* navigation privée : rien n'est gardé */ }
  }

  function remplir(valeurs) {
    for (const [nom, valeur] of Object.entries(valeurs || {})) {
      const c = champ(nom);
      if (!c || typeof valeur !== "string" || valeur === "") continue;
      if (c instanceof HTMLSelectElement && ![...c.options].some((o) => o.value === valeur)) continue;
      c.value = valeur;
    }
  }

  // Le lien durable : la tranche d'âge, jamais l'âge précis ni une date de naissance ; aucun droit du patient.
  function lien() {
    const etat = JSON.parse(document.querySelector("#question input[name=etat]")?.value || "{}");
    const dits = { medecin: etat.medecin, contexte: etat.contexte, date: etat.date, heure: etat.heure };
    const gardes = ["code", "activite", "phase", "modificateurs", "association"];
    dits.actes = (etat.actes || []).map((a) => Object.fromEntries(gardes.filter((c) => c in a).map((c) => [c, a[c]])));
    const tranche = base.querySelector("input[name=tranche]:checked")?.value;
    if (tranche) dits.patient = { age: tranche };
    const octets = new TextEncoder().encode(JSON.stringify(dits));
    const texte = btoa(String.fromCharCode(...octets)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
    return `${location.origin}/#${texte}`;
  }

  function ouvrir(fragment) {
    try {
      const octets = Uint8Array.from(atob(fragment.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
      const dits = JSON.parse(new TextDecoder().decode(octets));
      const plats = { date: dits.date, heure: dits.heure, tranche: dits.patient?.age, "contexte.role": dits.contexte?.role };
      for (const [nom, valeur] of Object.entries(dits.medecin || {})) plats[`medecin.${nom}`] = valeur;
      const lieu = dits.contexte || {};
      for (const c of base.querySelectorAll("input[name=cadre]")) {
        if ((c.dataset.lieu || "") === (lieu.lieu || "") && c.dataset.modalite === lieu.modalite) plats.cadre = c.value;
      }
      if (!dits.heure) champ("heure").value = "";
      remplir(plats);
      document.querySelector("input[name=etat][form=base]").value = JSON.stringify(dits);
      resumer();
      envoyer();
    } catch { document.getElementById("annonce").textContent = "Ce lien ne se lit pas : la page reste vierge."; }
  }

  document.addEventListener("click", async (e) => {
    const bouton = e.target.closest("[data-fait]");
    if (!bouton) return;
    if (bouton.dataset.fait === "imprimer") window.print();
    if (bouton.dataset.fait === "lien") {
      const adresse = lien();
      history.replaceState(null, "", adresse);
      const annonce = document.getElementById("annonce");
      try { await navigator.clipboard.writeText(adresse); annonce.textContent = "Lien copié."; }
      catch { annonce.textContent = "Le lien est dans la barre d'adresse."; }
      bouton.textContent = annonce.textContent;
    }
  });

  // Une précision d'un acte technique répond aussitôt ; la recherche a ses suggestions.
  document.addEventListener("change", (e) => {
    const bloc = e.target.closest("#technique");
    if (bloc && e.target.name !== "cherche") bloc.requestSubmit();
  });

  // Après une réponse, le clavier et le lecteur d'écran arrivent sur la suite ; un grand choix garde sa place.
  document.body.addEventListener("htmx:afterSettle", (e) => {
    const vient = e.detail.requestConfig?.elt?.id;
    if (vient === "cherche") return;
    replier();
    // Le bloc des actes techniques garde le clavier : la case cochée, sinon l'acte ajouté ou la recherche.
    if (vient === "technique" && document.querySelector("details.technique")?.open) {
      if (document.activeElement === document.body) document.querySelector("#technique [data-bloc]")?.focus();
      return;
    }
    if (vient !== "base" || !document.getElementById("situation").open) document.querySelector("#suite [data-suite]")?.focus({ preventScroll: false });
  });
  document.body.addEventListener("htmx:sendError", () => {
    document.getElementById("annonce").textContent = "Le serveur ne répond pas : vérifiez qu'« opposable servir » tourne encore.";
  });

  const fragment = location.hash.slice(1);
  // htmx se branche quand la page est lue : avant, un envoi rechargerait toute la page.
  if (fragment) document.addEventListener("DOMContentLoaded", () => ouvrir(fragment));
  else remplir(lire(PROFIL));
  if (fragment || lire(PROFIL)) document.getElementById("vous")?.removeAttribute("open");
  resumer();
  base.addEventListener("change", resumer);
  // Une fois la situation dite, elle se replie : la question est en haut. L'ouvrir pour changer un choix reste possible.
  function replier() {
    if (document.querySelector("#question .question, #question .alerte.bon, #question .alerte.doute")) {
      document.getElementById("situation").open = false;
    }
  }
  function resumer() {
    const choisis = ["tranche", "cadre", "contexte.role"].map((nom) => base.querySelector(`input[name="${nom}"]:checked`));
    const situation = choisis.filter(Boolean).map((c) => c.parentElement.textContent.trim());
    document.getElementById("situation-resume").textContent = situation.join(" · ");
    const dits = MEDECIN.map(champ).filter((c) => c && c.value).map((c) => c.selectedOptions?.[0]?.textContent.trim()).filter(Boolean);
    const place = document.getElementById("vous-resume");
    if (place) place.textContent = dits.join(" · ");
  }
})();
