package policy

import (
	"fmt"
	"sort"
	"strings"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// rules is one nft script that replaces the whole table.
//
// What comes from the node itself passes the output hook and is never filtered, as Kubernetes wants
// it (probes). What a pod sends to the node passes the input hook and is filtered like the rest.
func (w *world) rules() string {
	sort.Slice(w.pods, func(a, b int) bool { return w.pods[a].address < w.pods[b].address })
	sort.Slice(w.policies, func(a, b int) bool { return w.policies[a].UID < w.policies[b].UID })
	var chains strings.Builder
	var out, in []string
	for _, pod := range w.pods {
		chain := strings.ReplaceAll(pod.address, ".", "_")
		if lines, isolated := w.of(pod, networking.PolicyTypeEgress); isolated {
			out = append(out, fmt.Sprintf("%s : jump out_%s", pod.address, chain))
			fmt.Fprintf(&chains, "\tchain out_%s {\n%s\t\tdrop\n\t}\n", chain, lines)
		}
		if lines, isolated := w.of(pod, networking.PolicyTypeIngress); isolated {
			in = append(in, fmt.Sprintf("%s : jump in_%s", pod.address, chain))
			fmt.Fprintf(&chains, "\tchain in_%s {\n%s\t\tdrop\n\t}\n", chain, lines)
		}
	}
	var text strings.Builder
	text.WriteString("table ip gaggle_policy\ndelete table ip gaggle_policy\ntable ip gaggle_policy {\n")
	text.WriteString(chains.String())
	base := func(hook string, steps ...string) {
		fmt.Fprintf(&text, "\tchain %s {\n\t\ttype filter hook %s priority filter; policy accept;\n", hook, hook)
		text.WriteString("\t\tct state established,related accept\n")
		for _, step := range steps {
			text.WriteString(step)
		}
		text.WriteString("\t}\n")
	}
	outgoing, incoming := verdicts("saddr", out), verdicts("daddr", in)
	base("forward", outgoing, incoming)
	base("input", outgoing)
	text.WriteString("}\n")
	return text.String()
}

func verdicts(side string, entries []string) string {
	if len(entries) == 0 {
		return ""
	}
	return fmt.Sprintf("\t\tip %s vmap { %s }\n", side, strings.Join(entries, ", "))
}

// of says what one pod may do in one direction, and whether any policy limits it there.
func (w *world) of(pod placed, direction networking.PolicyType) (string, bool) {
	var lines strings.Builder
	isolated := false
	for _, policy := range w.policies {
		if policy.Namespace != pod.Namespace || !applies(policy, direction) ||
			!matches(&policy.Spec.PodSelector, pod.Labels) {
			continue
		}
		isolated = true
		if direction == networking.PolicyTypeEgress {
			for _, rule := range policy.Spec.Egress {
				w.allow(&lines, policy.Namespace, "daddr", "return", rule.To, rule.Ports, nil)
			}
		} else {
			for _, rule := range policy.Spec.Ingress {
				w.allow(&lines, policy.Namespace, "saddr", "accept", rule.From, rule.Ports, &pod)
			}
		}
	}
	return lines.String(), isolated
}

// allow writes one line for each pair of a peer and a port. `target` has the named ports of an ingress
// rule; those of an egress rule are the peers' own.
func (w *world) allow(lines *strings.Builder, namespace, side, verdict string, peers []networking.NetworkPolicyPeer, ports []networking.NetworkPolicyPort, target *placed) {
	write := func(address string, owner *placed) {
		if len(ports) == 0 {
			fmt.Fprintf(lines, "\t\t%s%s\n", address, verdict)
		}
		for _, port := range ports {
			if match, known := portMatch(port, owner); known {
				fmt.Fprintf(lines, "\t\t%s%s%s\n", address, match, verdict)
			}
		}
	}
	if len(peers) == 0 {
		write("", target)
	}
	for _, peer := range peers {
		if peer.IPBlock != nil {
			if !strings.Contains(peer.IPBlock.CIDR, ":") {
				write(block(side, peer.IPBlock), target)
			}
			continue
		}
		for i := range w.pods {
			other := &w.pods[i]
			if !w.selects(peer, namespace, other) {
				continue
			}
			owner := target
			if owner == nil {
				owner = other
			}
			write(fmt.Sprintf("ip %s %s ", side, other.address), owner)
		}
	}
}

func (w *world) selects(peer networking.NetworkPolicyPeer, namespace string, pod *placed) bool {
	if peer.NamespaceSelector == nil {
		if pod.Namespace != namespace {
			return false
		}
	} else if !matches(peer.NamespaceSelector, w.namespaces[pod.Namespace]) {
		return false
	}
	return peer.PodSelector == nil || matches(peer.PodSelector, pod.Labels)
}

func block(side string, block *networking.IPBlock) string {
	text := fmt.Sprintf("ip %s %s ", side, block.CIDR)
	for _, except := range block.Except {
		text += fmt.Sprintf("ip %s != %s ", side, except)
	}
	return text
}

func portMatch(port networking.NetworkPolicyPort, owner *placed) (string, bool) {
	protocol := core.ProtocolTCP
	if port.Protocol != nil {
		protocol = *port.Protocol
	}
	name := strings.ToLower(string(protocol))
	switch {
	case port.Port == nil:
		return fmt.Sprintf("meta l4proto %s ", name), true
	case port.Port.Type == intstr.Int && port.EndPort != nil:
		return fmt.Sprintf("%s dport %d-%d ", name, port.Port.IntVal, *port.EndPort), true
	case port.Port.Type == intstr.Int:
		return fmt.Sprintf("%s dport %d ", name, port.Port.IntVal), true
	case owner == nil:
		return "", false
	}
	for _, container := range owner.Spec.Containers {
		for _, named := range container.Ports {
			if named.Name == port.Port.StrVal && (named.Protocol == protocol || named.Protocol == "") {
				return fmt.Sprintf("%s dport %d ", name, named.ContainerPort), true
			}
		}
	}
	return "", false
}

// applies follows the API's defaults: ingress always, egress if there are egress rules.
func applies(policy *networking.NetworkPolicy, direction networking.PolicyType) bool {
	if len(policy.Spec.PolicyTypes) == 0 {
		return direction == networking.PolicyTypeIngress || len(policy.Spec.Egress) > 0
	}
	for _, named := range policy.Spec.PolicyTypes {
		if named == direction {
			return true
		}
	}
	return false
}

func matches(selector *meta.LabelSelector, set labels.Set) bool {
	parsed, err := meta.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(set)
}
