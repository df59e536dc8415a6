// Command dns answers the names of a cluster's Services, and asks the node's own name server for the
// rest. It stands in for CoreDNS in the test cluster.
package main

import (
	"context"
	"log"
	"net"
	"os"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	discoverylisters "k8s.io/client-go/listers/discovery/v1"
	"k8s.io/client-go/rest"
)

const (
	zone     = "svc.cluster.local."
	lifetime = 5
)

type server struct {
	services corelisters.ServiceLister
	slices   discoverylisters.EndpointSliceLister
	upstream string
	socket   net.PacketConn
}

func main() {
	config, err := rest.InClusterConfig()
	if err != nil {
		log.Fatal(err)
	}
	api, err := kubernetes.NewForConfig(config)
	if err != nil {
		log.Fatal(err)
	}
	factory := informers.NewSharedInformerFactory(api, 0)
	s := &server{
		services: factory.Core().V1().Services().Lister(),
		slices:   factory.Discovery().V1().EndpointSlices().Lister(),
		upstream: upstream(),
	}
	ctx := context.Background()
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	s.socket, err = net.ListenPacket("udp4", ":53")
	if err != nil {
		log.Fatal(err)
	}
	packet := make([]byte, 4096)
	for {
		length, from, err := s.socket.ReadFrom(packet)
		if err != nil {
			log.Fatal(err)
		}
		go s.serve(append([]byte(nil), packet[:length]...), from)
	}
}

func (s *server) serve(packet []byte, from net.Addr) {
	var parser dnsmessage.Parser
	header, err := parser.Start(packet)
	if err != nil {
		return
	}
	question, err := parser.Question()
	if err != nil {
		return
	}
	name := strings.ToLower(question.Name.String())
	if !strings.HasSuffix(name, ".cluster.local.") {
		s.forward(packet, from)
		return
	}
	addresses, known := s.find(name)
	answer := dnsmessage.Message{
		Header: dnsmessage.Header{
			ID: header.ID, Response: true, Authoritative: true,
			RecursionDesired: header.RecursionDesired, RecursionAvailable: true,
		},
		Questions: []dnsmessage.Question{question},
	}
	if !known {
		answer.RCode = dnsmessage.RCodeNameError
	}
	if question.Type == dnsmessage.TypeA {
		for _, address := range addresses {
			answer.Answers = append(answer.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: question.Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET, TTL: lifetime},
				Body:   &dnsmessage.AResource{A: address},
			})
		}
	}
	if bytes, err := answer.Pack(); err == nil {
		_, _ = s.socket.WriteTo(bytes, from)
	}
}

// find takes "service.namespace.svc.cluster.local." to its address, or a headless one's to its pods'.
func (s *server) find(name string) ([][4]byte, bool) {
	labelled := strings.Split(strings.TrimSuffix(name, "."+zone), ".")
	if !strings.HasSuffix(name, "."+zone) || len(labelled) != 2 {
		return nil, false
	}
	service, err := s.services.Services(labelled[1]).Get(labelled[0])
	if err != nil {
		return nil, false
	}
	if service.Spec.ClusterIP != core.ClusterIPNone {
		return parse([]string{service.Spec.ClusterIP}), true
	}
	selector := labels.SelectorFromSet(labels.Set{discovery.LabelServiceName: service.Name})
	slices, _ := s.slices.EndpointSlices(service.Namespace).List(selector)
	var all []string
	for _, slice := range slices {
		for _, endpoint := range slice.Endpoints {
			ready := endpoint.Conditions.Ready == nil || *endpoint.Conditions.Ready
			if ready || service.Spec.PublishNotReadyAddresses {
				all = append(all, endpoint.Addresses...)
			}
		}
	}
	return parse(all), true
}

func parse(texts []string) [][4]byte {
	var all [][4]byte
	for _, text := range texts {
		if address := net.ParseIP(text).To4(); address != nil {
			all = append(all, [4]byte(address))
		}
	}
	return all
}

func (s *server) forward(packet []byte, from net.Addr) {
	if s.upstream == "" {
		return
	}
	connection, err := net.Dial("udp", net.JoinHostPort(s.upstream, "53"))
	if err != nil {
		return
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(4 * time.Second))
	if _, err = connection.Write(packet); err != nil {
		return
	}
	answer := make([]byte, 4096)
	if length, err := connection.Read(answer); err == nil {
		_, _ = s.socket.WriteTo(answer[:length], from)
	}
}

func upstream() string {
	text, _ := os.ReadFile("/etc/resolv.conf")
	for _, line := range strings.Split(string(text), "\n") {
		fields := strings.Fields(line)
		if len(fields) > 1 && fields[0] == "nameserver" {
			return fields[1]
		}
	}
	return ""
}
